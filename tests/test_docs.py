"""What the documentation shows is so: its blocks are read, run or compared."""

from __future__ import annotations

import ast
import json
import re
import runpy
import shlex
import tomllib

from attrs import fields_dict
from twisted.trial.unittest import SynchronousTestCase

from quorumha.app.flags import flags_to_toml
from quorumha.app.kinds import KINDS, log_lines, parse_config
from quorumha.cli import CheckOptions, RunOptions
from quorumha.config.model import Config, ListenerConfig, PoolConfig, UpstreamConfig
from quorumha.config.tables import file_fields
from quorumha.ctl.arguments import parser_of
from quorumha.ctl.main import ASKING
from quorumha.goquorum.decide.call import unavailable, unknown_outcome, unseen
from quorumha.http.server.config import HttpConfig, RouteConfig
from quorumha.tap import Options
from quorumha.tessera.knowledge.calls import P2P
from quorumha.testing.memory_proxy import MemoryProxy, http_request
from tests.documents import ROOT, Block, blocks, links, pages
from tests.sources import sources

#: Its code is for dapps.
DAPP_ERRORS = "docs/howto/dapp-errors.md"
LISTENER_KEYS = [key for model in (ListenerConfig, *KINDS.listener_models()) for key in file_fields(model)]

readme_command = runpy.run_path(str(ROOT / ".ci" / "readme_command.py"))["command"]


def commands(*starts: str) -> list[tuple[Block, list[str]]]:
    """The lines of all shell blocks that begin with one of these words, taken apart."""
    found = []
    for block in blocks("sh"):
        for line in block.text.replace("\\\n", " ").splitlines():
            words = shlex.split(line)
            if words and words[0] in starts:
                found.append((block, words))
    return found


class BlockTests(SynchronousTestCase):
    """Every code block in the pages."""

    def test_languages(self) -> None:
        """Each block says what it is written in, and it is something that is looked at here."""
        known = {
            "sh",
            "toml",
            "json",
            "python",
            "js",
            "nginx",
            "text",
            "{toctree}",
            "{literalinclude}",
            "{testcode}",
        }
        for page in pages():
            for info in re.findall(r"^```([^\n]+)$", page.read_text(encoding="utf-8"), re.MULTILINE):
                self.assertIn(info.split(" ")[0], known, page)

    def test_toml(self) -> None:
        """Each TOML block is a whole configuration, without a warning."""
        shown = blocks("toml")
        self.assertGreater(len(shown), 5)
        # Certificates that a page names are nobody's: that they are missing is the only fault.
        for block in shown:
            text = re.sub(r'"[\w-]+\.(pem|key)"', '"/dev/null"', block.text)
            if text != block.text:
                tomllib.loads(text)
                text = "\n".join(line for line in text.splitlines() if not line.startswith("tls = {"))
                text = text.replace("https://", "http://")
            self.assertEqual(parse_config(text, block.place, {}).warnings, (), block.place)

    def test_json(self) -> None:
        """Each JSON block can be read."""
        shown = blocks("json")
        self.assertGreater(len(shown), 0)
        for block in shown:
            json.loads(block.text)

    def test_toml_tls_keys(self) -> None:
        """Where a block has TLS, its keys are those of the model."""
        tables = [t for b in blocks("toml") for t in self._tls_tables(tomllib.loads(b.text))]
        self.assertGreater(len(tables), 1)
        for table, known in tables:
            self.assertLessEqual(set(table), known)

    def _tls_tables(self, tree: dict[str, dict[str, dict[str, object]]]) -> list[tuple[set[str], set[str]]]:
        found = []
        for kind, known in (
            ("pools", {"ca", "name", "cert", "key"}),
            ("listeners", {"cert", "key", "client_ca"}),
        ):
            for value in tree.get(kind, {}).values():
                table = value.get("tls")
                if isinstance(table, dict):
                    found.append((set(table), known))
        return found

    def test_python(self) -> None:
        """Each Python block runs as it stands, by itself; tests/web3 runs those for web3.py."""
        shown = [one for one in blocks("python") if one.page != DAPP_ERRORS]
        self.assertGreater(len(shown), 3)
        for block in shown:
            exec(compile(block.text, block.place, "exec"), {"__name__": block.place})

    def test_dapp_errors(self) -> None:
        """What dapps are shown speaks of the codes that there are, in each language."""
        ours = (unavailable("x"), unknown_outcome("x"), unseen("x"))
        shown = [one for one in blocks("python", "js") if one.page == DAPP_ERRORS]
        for language in ("python", "js"):
            text = "".join(one.text for one in shown if one.language == language)
            self.assertEqual(set(re.findall(r"-32\d{3}", text)), {str(one.code) for one in ours})
        page = (ROOT / DAPP_ERRORS).read_text(encoding="utf-8")
        for one in ours:
            self.assertRegex(page, rf"\| {one.code} \| {one.status} \|")
            self.assertIn(f"`{one.reason}`", page)

    def test_python_imports_public_names(self) -> None:
        """What the pages import is public."""
        for block in blocks("python"):
            for home in re.findall(r"^ *(?:from|import) (quorumha[\w.]*)", block.text, re.MULTILINE):
                public = home in ("quorumha", "quorumha.events")
                self.assertTrue(public or home.startswith("quorumha.testing"), f"{block.place}: {home}")


class CommandTests(SynchronousTestCase):
    """Commands that the pages show, taken by the options that the programs have."""

    def test_quorumha(self) -> None:
        """Each C{quorumha check}, C{quorumha run} and command for a running process is understood."""
        shown = commands("quorumha")
        self.assertGreater(len(shown), 3)
        kinds = {"check": CheckOptions, "run": RunOptions}
        for _block, words in shown:
            if words[1] in ASKING:
                parser_of(words[1]).parse_args(words[2:])
                continue
            options = kinds[words[1]]()  # type: ignore[no-untyped-call]
            options.parseOptions(words[2:])

    def test_twistd(self) -> None:
        """What stands after C{quorumha} in each C{twistd} line is understood."""
        shown = commands("twistd")
        self.assertGreater(len(shown), 2)
        for _block, words in shown:
            Options().parseOptions(words[words.index("quorumha") + 1 :])

    def test_flags(self) -> None:
        """C{--tcp} and C{--http} stand for what the tutorial says they stand for."""
        shown = [(b, w) for b, w in commands("quorumha") if w[1] == "run"]
        self.assertGreater(len(shown), 2)
        for block, words in shown:
            options = RunOptions()
            options.parseOptions(words[2:])
            text = flags_to_toml(options["tcp"], options["http"])
            parse_config(text, block.place, {})
            after = [b for b in blocks("toml") if b.page == block.page and b.line > block.line]
            if options["print-config"] and after:
                self.assertEqual(text.strip(), after[0].text.strip(), after[0].place)


class FromNginxTests(SynchronousTestCase):
    """docs/howto/from-nginx.md: what the page converts has all that the recipe serves."""

    def setUp(self) -> None:
        """Gather what its blocks listen on; the first TOML blocks are the safe form."""
        here = "docs/howto/from-nginx.md"
        self.recipe = [b.text for b in blocks("nginx") if b.page == here]
        toml = [b for b in blocks("toml") if b.page == here]
        self.listeners = [one for b in toml for one in parse_config(b.text, b.place, {}).listeners.values()]

    def served(self, address: str) -> list[ListenerConfig]:
        """The listeners at an address of nginx, the safe one first."""
        wanted = address.partition(":")[2] if ":" in address else f"tcp:{address}"
        return [one for one in self.listeners if wanted in one.listen]

    def test_every_address_twice(self) -> None:
        """GoQuorum's socket, and ports 22000, 9081 and 9001: in the safe form first, and as nginx does it."""
        addresses = [a for text in self.recipe for a in re.findall(r"^ *listen ([^;]+);", text, re.MULTILINE)]
        self.assertEqual(addresses, ["unix:/var/lib/quorum/tm.ipc", "22000", "9081", "9001"])
        for address in addresses:
            serve = [one.serve for one in self.served(address)]
            self.assertEqual(len(serve), 2, address)
            if address != "22000":
                self.assertTrue(serve[0].startswith("tessera-"), serve)
                self.assertEqual(serve[1], "http")

    def test_served(self) -> None:
        """Each address of both forms responds to what the recipe serves there."""
        asked = {
            "unix:/var/lib/quorum/tm.ipc": ["/upcheck"],
            "9081": ["/upcheck", "/keys"],
            "9001": ["/upcheck", "/partyinfo"],
        }
        for block in (b for b in blocks("toml") if b.page == "docs/howto/from-nginx.md"):
            proxy = MemoryProxy(block.text)
            proxy.simulate()
            proxy.start()
            self.addCleanup(proxy.stop)
            for name, listener in proxy.config.listeners.items():
                for address, targets in asked.items():
                    if address.removeprefix("unix:") in listener.listen:
                        for target in targets:
                            response = proxy.ask(http_request(b"GET", target.encode()), to=name)
                            self.assertEqual(response.status, 200, (block.place, name, target))

    def test_every_location(self) -> None:
        """Whatever path the recipe's port for other parties takes is taken."""
        (text,) = [text for text in self.recipe if "listen 9001;" in text]
        locations = set(re.findall(r"location (/\S*) {", text))
        self.assertEqual(len(locations), 5)
        _, converted = self.served("9001")
        assert isinstance(converted.settings, HttpConfig)
        paths = {route.path for route in converted.settings.routes}
        self.assertEqual(locations - paths, set())
        # A prefix of nginx is any beginning: these of Tessera's paths begin so, too.
        known = {one.path for one in P2P if one.path.startswith(tuple(locations))}
        self.assertEqual(known - paths, set())


class ReadmeTests(SynchronousTestCase):
    """The two commands that stand in the README, and that CI takes from there."""

    def setUp(self) -> None:
        self.readme = (ROOT / "README.md").read_text(encoding="utf-8")

    def test_run_it(self) -> None:
        """One line, its own environment, the demo."""
        command = readme_command(self.readme, "Run it")
        self.assertTrue(command.startswith("python3 -m venv .venv && "), command)
        self.assertIn("quorumha --demo", command)

    def test_test_it(self) -> None:
        """One line, its own environment, the tests in memory without coverage; it ends there."""
        command = readme_command(self.readme, "Test it")
        self.assertTrue(command.startswith("python3 -m venv .venv && "), command)
        self.assertRegex(command, r"-m pytest .*--ignore=tests/integration$")

    def test_two_lines_are_refused(self) -> None:
        """CI does not run half of what the README says."""
        for section in ("```sh\na\nb\n```\n", "```sh\na\n```\n```sh\nb\n```\n", "nothing\n"):
            with self.assertRaises(SystemExit):
                readme_command(f"# x\n\n## Run it\n\n{section}\n## More\n", "Run it")
        with self.assertRaises(SystemExit):
            readme_command("# x\n", "Run it")

    def test_tutorial_says_the_same(self) -> None:
        """The tutorial begins with the README's command."""
        tutorial = (ROOT / "docs" / "tutorial" / "first-failover.md").read_text(encoding="utf-8")
        self.assertIn(readme_command(self.readme, "Run it"), tutorial)


class PagesTests(SynchronousTestCase):
    """Pages as a whole."""

    def test_architecture_names_files(self) -> None:
        """Each file that the page on architecture names is there, and every folder that is there has one."""
        text = (ROOT / "docs" / "explanation" / "architecture.md").read_text(encoding="utf-8")
        named = set(re.findall(r"`([a-z_/]+\.py)`", text))
        self.assertEqual([name for name in named if not (ROOT / "quorumha" / name).exists()], [])
        folders = {path.parent for path in (ROOT / "quorumha").rglob("[a-z]*.py")} - {ROOT / "quorumha"}
        top = {folder.relative_to(ROOT / "quorumha").parts[0] for folder in folders} - {"demo", "testing"}
        self.assertEqual(top - {name.split("/")[0] for name in named}, set())

    def test_links(self) -> None:
        """Each link to another file leads to one."""
        seen = 0
        for page in pages():
            for target in links(page):
                seen += 1
                self.assertTrue((page.parent / target).exists(), f"{page.relative_to(ROOT)}: {target}")
        self.assertGreater(seen, 20)

    def test_limits_name_keys(self) -> None:
        """Each key in the page of limits exists, with the default that stands there."""
        text = (ROOT / "docs" / "reference" / "limits.md").read_text(encoding="utf-8")
        models = (Config, PoolConfig, UpstreamConfig, RouteConfig, *KINDS.pool_models())
        known = {*LISTENER_KEYS, *(key for model in models for key in fields_dict(model))}
        keys = re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)
        self.assertGreater(len(keys), 12)
        self.assertEqual(set(keys) - known, set())

    def test_every_error_of_json_rpc_is_named(self) -> None:
        """With its code, and the word that programs go by."""
        made = set()
        place = {"OwnResponse": 2, "unavailable": 1, "unknown_outcome": 1, "_invalid": 1, "Refused": 0}
        for source in (one for one in sources("quorumha") if one.area == "goquorum"):
            for node in ast.walk(source.tree):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in place:
                    found = [*node.args, None, None, None][place[node.func.id]]
                    made |= {n.value for n in ast.walk(found or node.func) if isinstance(n, ast.Constant)}
        made |= {one.reason for one in (unavailable("x"), unknown_outcome("x"), unseen("x"))}
        text = (ROOT / "docs" / "reference" / "statuses-and-errors.md").read_text(encoding="utf-8")
        rows = re.findall(r"^\| -32[^|]*\|[^|]*\|([^|]*)\|", text, re.MULTILINE)
        self.assertEqual({word for row in rows for word in re.findall(r"`([\w-]+)`", row)}, made)

    def test_every_limit_is_named(self) -> None:
        """No time or size limit of a listener is left out of that page."""
        text = (ROOT / "docs" / "reference" / "limits.md").read_text(encoding="utf-8")
        for key in (*LISTENER_KEYS, *fields_dict(PoolConfig)):
            if key.endswith(("_timeout", "_limit", "_count")):
                self.assertIn(f"`{key}`", text)

    def test_every_event_is_named(self) -> None:
        """What the source logs by a name, and what the pages list, are the same."""
        logged = set()
        for path in (ROOT / "quorumha").rglob("*.py"):
            for said in re.findall(r"""event(?:=|": )([^\n]*)""", path.read_text(encoding="utf-8")):
                logged |= set(re.findall(r'^"([a-z-]+)"| (?:if|else)\b.*?"([a-z-]+)"', said))
        names = {one or other for one, other in logged} - {""}
        # Of facts those that are made.
        made = [
            path.read_text(encoding="utf-8")
            for path in (ROOT / "quorumha").rglob("*.py")
            if path.parent.name not in ("events", "logs")
        ]
        for (kind, _), line in log_lines().lines.items():
            if any(re.search(rf"\b{kind.__name__}\(", text) for text in made):
                names.add(line.event)
        listed = []
        for page in ("log.md", "health.md"):
            text = (ROOT / "docs" / "reference" / page).read_text(encoding="utf-8")
            table = text[text.index("# Events in the log" if page == "log.md" else "## In the log") :]
            for cell in re.findall(r"^\| (`[^|]*)\|", table, re.MULTILINE):
                listed += re.findall(r"`([a-z-]+)`", cell)
        self.assertGreater(len(names), 25)
        self.assertEqual(sorted(listed), sorted(names))

    def test_every_key_is_named(self) -> None:
        """Of each event that is made of a fact: in its row, or in the text of its page for all."""
        pages = [(ROOT / "docs" / "reference" / page).read_text("utf-8") for page in ("log.md", "health.md")]
        for (kind, _), line in log_lines().lines.items():
            page = next(text for text in pages if re.search(rf"^\| .*`{line.event}`", text, re.MULTILINE))
            rows = [row for row in page.splitlines() if row.startswith("|")]
            said = [row for row in rows if f"`{line.event}`" in row.split("|")[1]]
            said += [text for text in page.splitlines() if not text.startswith("|")]
            for key, one in fields_dict(kind).items():
                if one.metadata.get("private"):
                    continue
                self.assertIn(f"`{key}`", "\n".join(said), line.event)
