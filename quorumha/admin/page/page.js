// Keeps the page as the server renders it now, and sends what its buttons ask for.
// Nothing is rendered here: when the server says that something changed, the page is fetched anew, and what is
// shown becomes that, node by node, so that focus, selection and scrolling stay where they are.

const byId = (id) => document.getElementById(id);
const live = byId("live");
const root = document.documentElement;

// -- what is shown becomes what was fetched

function becomeChildren(node, fresh) {
  let next = node.firstChild;
  for (const child of [...fresh.childNodes]) {
    // What has an id is the same thing wherever it stands now.
    let same = next;
    if (child.id) {
      same = [...node.children].find((one) => one.id === child.id) ?? null;
    }
    const fits = same && same.nodeName === child.nodeName && (same.id ?? "") === (child.id ?? "");
    if (!fits) {
      node.insertBefore(child, next);
      continue;
    }
    if (same === next) {
      next = next.nextSibling;
    } else {
      node.insertBefore(same, next);
    }
    become(same, child);
  }
  while (next) {
    const gone = next;
    next = next.nextSibling;
    gone.remove();
  }
}

function become(node, fresh) {
  if (node.nodeType !== Node.ELEMENT_NODE) {
    if (node.data !== fresh.data) node.data = fresh.data;
    return;
  }
  for (const { name, value } of fresh.attributes) {
    if (node.getAttribute(name) !== value) node.setAttribute(name, value);
  }
  for (const { name } of [...node.attributes]) {
    if (!fresh.hasAttribute(name)) node.removeAttribute(name);
  }
  becomeChildren(node, fresh);
}

function show(text) {
  const fresh = new DOMParser().parseFromString(text, "text/html");
  const shown = fresh.getElementById("shown");
  if (!shown) throw new Error("this is not the page");
  const focused = document.activeElement?.id;
  becomeChildren(byId("shown"), shown);
  document.title = fresh.title;
  if (focused && document.activeElement?.id !== focused) byId(focused)?.focus();
}

// -- when: each time that the server says so, and now and then, as ages grow

let fetching = false;
let again = false;

async function refresh() {
  if (fetching) {
    again = true;
    return;
  }
  fetching = true;
  try {
    const response = await fetch("./", { cache: "no-store", redirect: "error" });
    if (!response.ok) throw new Error(`the proxy says ${response.status}`);
    show(await response.text());
    say("Live: this page shows each change within a second.", false);
  } catch (error) {
    say(`Not live: what you see is of ${byId("as-of").textContent}. It is tried again. (${error.message})`, true);
  }
  fetching = false;
  if (again) {
    again = false;
    refresh();
  }
}

function say(text, lost) {
  if (live.textContent !== text) live.textContent = text;
  live.classList.toggle("lost", lost);
  root.classList.toggle("lost", lost);
}

let events;

function listen() {
  events = new EventSource("api/v1/events");
  events.onmessage = () => document.hidden || refresh();
  events.onerror = () => refresh();
}

setInterval(() => {
  // One that was refused, as of too many, is not tried again by the browser.
  if (events.readyState === EventSource.CLOSED) listen();
  if (!document.hidden) refresh();
}, 5000);
document.addEventListener("visibilitychange", () => document.hidden || refresh());

// -- buttons: each asks once, and sends the token that was typed; it stays in the field, and nowhere else

const ask = byId("ask");
const token = byId("token");
let asked = null;

document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-post]");
  if (!button) return;
  asked = { ...button.dataset, id: button.id };
  byId("ask-what").textContent = asked.ask;
  byId("ask-then").textContent = asked.then;
  byId("ask-do").textContent = button.textContent;
  byId("ask-said").textContent = "";
  byId("ask-force").hidden = true;
  ask.showModal();
  (token.value ? byId("ask-do") : token).focus();
});
byId("ask-not").addEventListener("click", () => ask.close());
byId("ask-force").addEventListener("click", () => send("?force=1"));
byId("ask-form").addEventListener("submit", (event) => {
  event.preventDefault();
  send("");
});
ask.addEventListener("close", () => byId(asked?.id)?.focus());

async function send(query) {
  const { post, done } = asked;
  const choices = [...ask.querySelectorAll("button")];
  choices.forEach((one) => (one.disabled = true));
  byId("ask-said").textContent = "";
  try {
    const headers = token.value ? { Authorization: `Bearer ${token.value}` } : {};
    const response = await fetch(post + query, { method: "POST", headers, cache: "no-store", redirect: "error" });
    const said = readResult(await response.text());
    if (response.ok) {
      ask.close();
      result(done, said, false);
    } else if (response.status === 422) {
      ask.close();
      result("Refused; what ran before runs on.", said, true);
    } else {
      byId("ask-said").textContent = said.error || `The proxy says ${response.status}.`;
      // Whom a person decides for, there is nothing to insist on.
      byId("ask-force").hidden = response.status !== 409 || post.endsWith("/use");
    }
  } catch (error) {
    byId("ask-said").textContent = `The proxy did not respond: ${error.message}.`;
  }
  choices.forEach((one) => (one.disabled = false));
  if (ask.open) (byId("ask-force").hidden ? token : byId("ask-not")).focus();
  refresh();
}

function readResult(text) {
  try {
    const found = JSON.parse(text);
    return found !== null && typeof found === "object" ? found : {};
  } catch {
    return { error: text.trim().slice(0, 400) };
  }
}

function result(text, said, refused) {
  const shown = byId("result");
  shown.replaceChildren();
  shown.classList.toggle("refused", refused);
  const line = document.createElement("p");
  line.textContent = text;
  if (said.left) line.textContent += ` In flight there yet: ${said.left}.`;
  if (said.changes?.length === 0 && !refused) line.textContent += " Nothing changed.";
  shown.append(line);
  const more = [...(said.problems ?? []), ...(said.changes ?? [])];
  if (more.length) {
    const list = document.createElement("ul");
    for (const one of more) list.append(Object.assign(document.createElement("li"), { textContent: one }));
    shown.append(list);
  }
}

root.classList.add("live");
listen();
refresh();
