"""The layout shows the way data flows: docs/explanation/architecture.md, checked."""

from __future__ import annotations

import ast
import re
import statistics
import subprocess
import sys
from collections import Counter

from twisted.trial.unittest import SynchronousTestCase

from tests.glossary import (
    FILES_NOT_USED,
    NAMES_NOT_USED,
    NOT_USED,
    TEXT_KEPT,
    TEXT_NOT_USED,
    USED,
)
from tests.sources import ROOT, Source, sources

#: Who may import whom: each part whatever stands below it, or beside it where that makes no circle.
LAYERS = (
    {"__main__"},
    {"ctl"},
    {"cli"},
    {"tap"},
    {"options"},
    {"demo"},
    {"testing"},
    {"app"},
    {"tessera", "goquorum", "postgresql", "admin"},
    {"health"},
    {"http", "relay", "logs"},
    {"pool", "endpoints"},
    {"config"},
    {"events", "errors", "net", "process", "numbers"},
)
LAYER = {area: depth for depth, areas in enumerate(LAYERS) for area in areas}
#: Folders in which all is pure.
PURE = (".wire", ".decide", ".knowledge")
#: The same inside http.
HTTP_LAYERS = ("server", "forward", "upstream", "wire")
#: What imports nothing of ours.
ALONE = {"net", "process", "events", "errors", "numbers"}

#: The names of files that each kind has.
OF_EACH_KIND = {"__init__", "kind", "config", "listener"}

#: On top of everything: only imported where it is asked for.
ONLY_INSIDE_FUNCTIONS = {("tap", "demo")}

#: Modules without a test module at the mirrored path, and why.
WITHOUT_TESTS = {
    "quorumha.admin.running": "values and interfaces",
    "quorumha.pool.one_writer": "values, and an interface",
    "quorumha.postgresql.role_word": "values; where each is made, and tests/postgresql/test_one_primary",
    "quorumha.postgresql.writer_facts": "values; test_writer_news",
    "quorumha.postgresql.writer_decision": "values and their words; test_one_primary",
    "quorumha.postgresql.writer_sessions": "a value, an interface, and those who have it; test_writer_group",
    "quorumha.postgresql.session": "one client of test_listener",
    "quorumha.postgresql.session_relay": "who has them; test_listener, test_listener_reload",
    "quorumha.events.member_facts": "values; tests/events/test_request_facts, and where each is made",
    "quorumha.events.process_facts": "values; tests/events/test_request_facts, and where each is made",
    "quorumha.logs.access_facts": "a value; test_log_switch",
    "quorumha.admin.admin_facts": "a value, and its line of the log; test_own_site",
    "quorumha.admin.api_pages": "one method; test_tree",
    "quorumha.app.shown_process": "what is there elsewhere, under one name; tests/admin/test_status",
    "quorumha.app.changed_process": "the side of the service that changes; test_apply, test_apply_machine",
    "quorumha.app.prepared": "what a change does first; test_apply",
    "quorumha.app.removed": "one timer for each; test_apply",
    "quorumha.tessera.state_file": "a name; test_kept_file, and tests/app/test_service",
    "quorumha.app.member_drain": "how one word is carried out; test_operations",
    "quorumha.ctl.command_steps": "what commands have in common; test_commands, test_database_commands",
    "quorumha.ctl.arguments": "a table; test_commands, test_main",
    "quorumha.app.version": "one call; tests/test_cli",
    "quorumha.http.wire.contracts": "interfaces have no code",
    "quorumha.http.forward.round_policy": "values, an interface and its plain part; test_rounds",
    "quorumha.http.forward.download": "one half of ForwardedRequest; test_request, test_paused_response",
    "quorumha.http.upstream.limits": "values; test_attempt_timeout and the forwarders' tests",
    "quorumha.http.server.response_writer": "the writing half of the channel; test_channel",
    "quorumha.http.server.channel_limits": "the limits of the channel; test_channel, test_client_timeout",
    "quorumha.pool.identity": "an identity and a dict; test_membership",
    "quorumha.pool.rotation": "whose turn it is; test_pool and test_pool_machine",
    "quorumha.http.forward.waiting_forwarder": "one method; test_rounds",
    "quorumha.config.model": "values; tests/config tests them through load",
    "quorumha.config.kind": "what kinds override; tests/app/test_kinds, and every kind's own tests",
    "quorumha.net.listener_part": "what nothing is done in; test_service and the kinds' tests",
    "quorumha.app.process_parts": "plain parts of a process; test_service",
    "quorumha.http.server.listener": "values become resources; tests/app/test_service",
    "quorumha.net.idle_clients": "one value, and the longest of many; test_connection_limit",
    "quorumha.pool.member": "plain values, changed by others; test_pool and test_candidates",
    "quorumha.goquorum.forward.batch_group": "what a member answered; test_batches, test_rpc_forwarder",
    "quorumha.goquorum.forward.batch_reads": "a part of batches; test_batches",
    "quorumha.goquorum.forward.batch_run": "what the parts of a batch have in common; test_batches",
    "quorumha.goquorum.forward.batch_sent": "a part of batches; test_batches",
    "quorumha.goquorum.forward.batch_slot": "plain values; test_batches",
    "quorumha.goquorum.forward.batch_writes": "a part of batches; test_batches",
    "quorumha.goquorum.forward.exchange": "one request over HTTP; test_rpc_forwarder",
    "quorumha.goquorum.forward.request_books": "counters and one fact; test_rpc_forwarder",
    "quorumha.goquorum.decide.rule": "one value; test_rules",
    "quorumha.goquorum.decide.spreading": "an enumeration",
    "quorumha.goquorum.forward.call_classes": "a table; test_account_calls, test_member_by_member",
    "quorumha.goquorum.websocket.one_socket": "one half of Subscribed; test_subscribed",
    "quorumha.goquorum.websocket.place": "plain values; test_member_socket",
    "quorumha.goquorum.websocket.socket_message": "one half of SocketCalls; test_socket_calls",
    "quorumha.goquorum.websocket.socket_route": "one method; test_client_socket",
    "quorumha.goquorum.websocket.socket_settings": "an interface has no code",
    "quorumha.endpoints.certificate_facts": "values; test_certificates",
    "quorumha.endpoints.early": "common to two; test_handshake, test_proxied",
    "quorumha.goquorum.decide.facts": "values; where each is made",
    "quorumha.goquorum.forward.ask": "begins what test_asking and test_sending test",
    "quorumha.goquorum.forward.reading": "the long way of test_reads and test_reads_machine",
    "quorumha.goquorum.forward.reply": "values, and an interface",
    "quorumha.goquorum.forward.waits": "a coroutine around test_waiting_request; test_reads",
    "quorumha.options": "what tap and cli have in common; test_cli, test_tap",
    "quorumha.__main__": "one line",
}

#: Files of more than 300 lines, and why they are not split.
LONG = {
    "quorumha.http.forward.request": "one state machine: one request through attempts to one answer",
    "quorumha.http.upstream.attempt": "one state machine: dialling, sending, the response's head, its end",
    "quorumha.http.upstream.connection": "one state machine: sending, reading the answer, its limits",
    "quorumha.http.wire.parsing": "the rules for requests and for answers stand side by side, to be compared",
    "quorumha.net.transport": "one transport: everything that Twisted's interfaces ask of it",
    "quorumha.postgresql.one_primary": "one state machine: its rules hold only together",
    "quorumha.postgresql.writer_group": "one decision: said, made, kept and followed in one turn",
    "quorumha.relay.side": "one state machine: bytes, standing still and the endings of one side",
    "quorumha.testing.net.memory_transport": "one transport: everything that Twisted's interfaces ask of it",
}

FORBIDDEN_WORDS = {"backend", "handler", "manager", "father", "helper", "util"}
#: Tessera's own word for other members of the network; nobody else's.
TESSERAS_WORD = "peer"
#: But for what others call so: the name of Twisted's method, and a key of GoQuorum's check and its sign, by
#: Ethereum's own word (C{net_peerCount}).
OTHERS_PEERS = {"getPeer", "peers"}
FORBIDDEN_FILES = {"utils", "util", "common", "helpers", "helper", "manager", "misc"}

PACKAGE = sources("quorumha")
TESTS = sources("tests")


def words(name: str) -> set[str]:
    """The words of an identifier, in lower case and in the singular."""
    parts = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)
    return {p.lower() for p in parts} | {p.lower().removesuffix("s") for p in parts}


def place(source: Source, line: int) -> str:
    """For a message."""
    return f"{source.path.relative_to(ROOT)}:{line}"


class DirectionTests(SynchronousTestCase):
    """Who may import whom."""

    def setUp(self) -> None:
        """Our own imports, each as who, from which line, whom."""
        modules = {s.module: s for s in PACKAGE}
        self.imports = [
            (source, found.line, modules[found.name])
            for source in PACKAGE
            for found in source.imports
            if found.name in modules and found.name != "quorumha"
        ]
        self.assertGreater(len(self.imports), 50)

    def test_every_part_has_its_layer(self) -> None:
        """A new folder or module gets a layer, and so a place in the flow."""
        self.assertEqual({s.area for s in PACKAGE} - set(LAYER), {""})

    def test_direction(self) -> None:
        """Nothing reaches back up the arrow."""
        wrong = [
            f"{place(source, line)} imports {other.module}"
            for source, line, other in self.imports
            if source.area and source.area != other.area
            if LAYER[other.area] < LAYER[source.area] or source.area in ALONE
        ]
        self.assertEqual(wrong, [])

    def test_direction_inside_http(self) -> None:
        """server > forward > upstream > wire."""
        wrong = [
            f"{place(source, line)} imports {other.module}"
            for source, line, other in self.imports
            if source.area == other.area == "http" and source.module != "quorumha.http"
            if HTTP_LAYERS.index(other.module.split(".")[2]) < HTTP_LAYERS.index(source.module.split(".")[2])
        ]
        self.assertEqual(wrong, [])

    def test_no_circle_of_folders(self) -> None:
        """Two folders that need each other are one, or one is in the wrong place."""
        known: dict[str, set[str]] = {}
        for source, _, other in self.imports:
            # What is on top of the package, and the page of public names of a folder, see all.
            if source.area and (source.path.name != "__init__.py" or source.area != "testing"):
                known.setdefault(source.folder, set()).add(other.folder)
        for folder, below in known.items():
            below -= {folder, "quorumha"}
        while known:
            free = [folder for folder, below in known.items() if not below & set(known)]
            self.assertTrue(free, f"a circle among {known}")
            for folder in free:
                del known[folder]

    def test_what_stands_on_top(self) -> None:
        """The demo, and the simulated nodes with it, are brought in only when asked for."""
        for source in PACKAGE:
            for found in source.imports:
                for importer, imported in ONLY_INSIDE_FUNCTIONS:
                    if source.area == importer and found.name.startswith(f"quorumha.{imported}"):
                        self.assertFalse(found.top, place(source, found.line))

    def test_ctl_needs_the_standard_library_alone(self) -> None:
        """A health script runs each second: Twisted alone would cost it 0.4 s.  What runs and checks is
        brought in only when it is asked for."""
        checked = [s for s in PACKAGE if s.area == "ctl"]
        self.assertGreater(len(checked), 4)
        for source in checked:
            for found in source.imports:
                first = found.name.partition(".")[0]
                own = found.name.startswith("quorumha.ctl")
                known = first in sys.stdlib_module_names or own
                goes_on = not found.top and found.name.startswith("quorumha.cli")
                self.assertTrue(known or goes_on, f"{place(source, found.line)} imports {found.name}")

    def test_what_ctl_brings(self) -> None:
        """Nothing else comes with its modules."""
        modules = ", ".join(s.module for s in PACKAGE if s.area == "ctl")
        script = f"import sys, {modules}; print({{'twisted', 'attrs', 'attr'}} & sys.modules.keys())"
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
        self.assertEqual(done.stdout, "set()\n")

    def test_policies_are_pure(self) -> None:
        """No policy knows a reactor, a transport, a socket or a clock."""
        impure = ("twisted.internet", "twisted.python.runtime", "socket", "time", "asyncio", "random", "os")
        checked = [s for s in PACKAGE if s.folder.endswith(PURE)]
        self.assertGreater(len(checked), 15)
        for source in checked:
            for found in source.imports:
                self.assertFalse(
                    any(found.name == name or found.name.startswith(f"{name}.") for name in impure),
                    f"{place(source, found.line)} imports {found.name}",
                )


class ReactorTests(SynchronousTestCase):
    """Reactor and clock are passed in."""

    def test_imported_in_one_function(self) -> None:
        """Only quorumha.tap imports the reactor, and only when it is called."""
        found = [
            (source, found)
            for source in PACKAGE
            for found in source.imports
            if found.name == "twisted.internet.reactor"
        ]
        self.assertEqual([place(s, i.line) for s, i in found if i.top], [], "at module level")
        self.assertEqual([place(s, i.line) for s, i in found if s.module != "quorumha.tap"], [])
        self.assertLessEqual(len(found), 1, "in one function")

    def test_not_taken_from_elsewhere(self) -> None:
        """Modules of Twisted that bring the global reactor with them stay out, too."""
        bringers = {"twisted.internet.task.react", "twisted.web.client.getPage"}
        for source in PACKAGE:
            for found in source.imports:
                self.assertNotIn(found.name, bringers, place(source, found.line))


class NamesTests(SynchronousTestCase):
    """One word for one thing."""

    def test_words(self) -> None:
        """The words that mean nothing, or another thing in each project, are not made up here."""
        wrong = [
            f"{place(source, line)} {name}"
            for source in PACKAGE
            for name, line in source.defined
            if words(name) & FORBIDDEN_WORDS
        ]
        self.assertEqual(wrong, [])

    def test_peer(self) -> None:
        """Only what simulates Tessera speaks of peers, but for what Twisted and Ethereum call so."""
        wrong = [
            f"{place(source, line)} {name}"
            for source in PACKAGE
            if source.area not in ("testing", "demo")
            for name, line in source.defined
            if TESSERAS_WORD in words(name) and name not in OTHERS_PEERS
        ]
        self.assertEqual(wrong, [])

    def test_no_file_name_twice(self) -> None:
        """Who knows a file's name finds one file."""
        count = Counter(s.path.stem for s in PACKAGE)
        self.assertEqual({name for name, times in count.items() if times > 1} - OF_EACH_KIND, set())

    def test_files(self) -> None:
        """No file is a drawer for everything."""
        for source in (*PACKAGE, *TESTS):
            self.assertFalse(FORBIDDEN_FILES & set(source.module.split(".")), source.module)

    def test_glossary(self) -> None:
        """No identifier and no file is called what tests/glossary.py calls otherwise."""
        wrong = [
            f"{place(source, line)} {name}: {rule.instead}"
            for source in PACKAGE
            for name, line in (*source.defined, (source.path.stem, 1))
            for rule in (NOT_USED.get(word) for word in words(name))
            if rule is not None and name not in rule.kept and (not rule.areas or source.area in rule.areas)
        ]
        wrong += [
            f"{place(source, line)} {name}: {NAMES_NOT_USED[name]}"
            for source in PACKAGE
            for name, line in source.defined
            if name in NAMES_NOT_USED
        ]
        wrong += [
            f"{s.module}: {FILES_NOT_USED[s.path.stem]}" for s in PACKAGE if s.path.stem in FILES_NOT_USED
        ]
        self.assertEqual(wrong, [])

    def test_glossary_of_texts(self) -> None:
        """No log line, event, key or message says it either."""
        wrong = [
            f"{place(source, line)} {text!r}"
            for source in PACKAGE
            for text, line in source.texts
            if text not in TEXT_KEPT and re.search(TEXT_NOT_USED, text)
        ]
        self.assertEqual(wrong, [])

    def test_what_the_glossary_says_instead(self) -> None:
        """What has a name there has it in the code, and no exception outlives what it is for."""
        names = {name for source in PACKAGE for name, _ in source.defined}
        self.assertEqual(set(USED) - names, set())
        kept = {name for rule in NOT_USED.values() for name in rule.kept}
        self.assertEqual(kept - names, set())

    def test_the_check_sees_words(self) -> None:
        """What the tests above rest on."""
        self.assertEqual(words("_BackendHandlers"), {"backend", "handler", "handlers"})
        self.assertEqual(words("pick_manager2"), {"pick", "manager"})
        self.assertNotIn("handler", words("chandlery"))


class StyleTests(SynchronousTestCase):
    """Things that are never done."""

    def _unused(self, name: str, checked: list[Source]) -> None:
        # Few files hold the word at all: only these are walked through.
        found = [place(s, line) for s in checked if name in s.text for used, line in s.used() if used == name]
        self.assertEqual(found, [], name)

    def test_no_sleep(self) -> None:
        """Nothing blocks, and no test waits for time to pass."""
        for source in (*PACKAGE, *TESTS):
            # Few files hold the word at all: only these are parsed.
            for found in source.imports if "sleep" in source.text else ():
                self.assertNotEqual(found.name, "time.sleep", place(source, found.line))
        calls = [
            place(s, line)
            for s in (*PACKAGE, *TESTS)
            for line, text in enumerate(s.text.splitlines(), 1)
            # Nor, in a test, for an event that nobody ever sets.
            if "time.sleep" + "(" in text or (s.module.startswith("tests.") and "Event()" + ".wait(" in text)
        ]
        self.assertEqual(calls, [])

    def test_no_inline_callbacks(self) -> None:
        """Sequences are coroutines."""
        self._unused("inlineCallbacks", [*PACKAGE, *TESTS])
        self._unused("returnValue", [*PACKAGE, *TESTS])

    def test_docstrings_that_say_nothing(self) -> None:
        """What implements an interface says what it does here."""
        empty = re.compile(r'"""(See L\{[^"]*|\w+( \w+)? calls this\.?)"""')
        wrong = [
            place(s, line)
            for s in PACKAGE
            for line, text in enumerate(s.text.splitlines(), 1)
            if empty.search(text)
        ]
        self.assertEqual(wrong, [])

    def test_docstrings(self) -> None:
        """Every file says what it is for."""
        bare = [s.module for s in PACKAGE if s.text.strip() and not ast.get_docstring(s.tree)]
        self.assertEqual(bare, [])

    def test_docstrings_say_what_is_done_here(self) -> None:
        """None sends its reader elsewhere for what a method or a class does."""
        sent = [
            f"{source.path.relative_to(ROOT)}: {line.strip()}"
            for source in PACKAGE
            for line in source.text.splitlines()
            if re.match(r'\s*"""(See (L\{|the )|Twisted calls this)', line)
        ]
        self.assertEqual(sent, [])


class SizeTests(SynchronousTestCase):
    """One idea a file."""

    def test_median(self) -> None:
        """Files are short: no longer than when there were fewer."""
        proxy = [s.length for s in PACKAGE if s.area not in ("testing", "demo")]
        self.assertLessEqual(statistics.median(proxy), 114)

    def test_the_end(self) -> None:
        """No file is longer than that, whatever its reason."""
        self.assertEqual({s.module for s in PACKAGE if s.length > 400}, set())

    def test_long_files_have_a_reason(self) -> None:
        """More than 300 lines are in the table, and the table holds no others."""
        self.assertEqual({s.module for s in PACKAGE if s.length > 300} - set(LONG), set())
        # Near the limit a file may go to and fro.
        self.assertEqual(set(LONG) - {s.module for s in PACKAGE if s.length > 250}, set())


class MirrorTests(SynchronousTestCase):
    """tests/ mirrors quorumha/ file by file."""

    def test_every_module_has_tests(self) -> None:
        """C{quorumha/a/b.py} has C{tests/a/test_b.py}, or C{tests/a/test_b_more.py}, or a reason."""
        bare = []
        for source in PACKAGE:
            if source.path.name == "__init__.py" or source.module in WITHOUT_TESTS:
                continue
            folder = ROOT / "tests" / source.path.parent.relative_to(ROOT / "quorumha")
            name = source.path.stem
            if not (folder / f"test_{name}.py").exists() and not list(folder.glob(f"test_{name}_*.py")):
                bare.append(source.module)
        self.assertEqual(bare, [], "\n".join(bare))

    def test_reasons_are_needed(self) -> None:
        """The table names modules that exist and have no tests at their own path."""
        modules = {s.module for s in PACKAGE}
        for module in WITHOUT_TESTS.keys() & modules:
            folder, _, name = module.removeprefix("quorumha").removeprefix(".").rpartition(".")
            path = ROOT / "tests" / folder.replace(".", "/") / f"test_{name}.py"
            self.assertFalse(path.exists(), f"{module} has tests and needs no reason")

    def test_folders_are_packages(self) -> None:
        """Otherwise two test modules of one name would hide each other."""
        bare = {s.path.parent for s in TESTS if not (s.path.parent / "__init__.py").exists()}
        self.assertEqual({str(p.relative_to(ROOT)) for p in bare}, set())

    def test_every_test_file_is_found(self) -> None:
        """A file with test cases is called test_something, so that it is run."""
        lost = [
            place(source, node.lineno)
            for source in TESTS
            if not source.path.name.startswith("test_") and "def test_" in source.text
            for node in source.nodes
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
        ]
        self.assertEqual(lost, [])
