"""A kind that stands in one folder and is in one list: L{tests.app.fake_kind.kind}."""

from __future__ import annotations

import ast
import json

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from quorumha.app.explain import explain
from quorumha.app.footprint import explain_memory
from quorumha.app.kinds import KINDS, parse_config
from quorumha.config.kind import Kinds
from quorumha.config.model import CheckConfig, Config, ListenerConfig
from quorumha.config.summary import summary
from quorumha.config.tables import file_fields
from quorumha.errors import ConfigError
from quorumha.testing import MemoryProxy, MemoryTopology
from tests.app.fake_kind.kind import GREET, KNOCK, GreetPart
from tests.configuration_tables import table
from tests.sources import sources

FAKES = Kinds((*KINDS.listeners, GREET), (*KINDS.checks, KNOCK))

TEXT = """\
[pools.friends]
upstreams = ["tcp:10.0.0.1:1", "tcp:10.0.0.2:1"]

[listeners.door]
listen = "tcp:7"
serve = "greet"
pool = "friends"
"""


def read(text: str) -> Config:
    return parse_config(text, "fake.toml", {}, FAKES)


#: Where nothing may depend on which kinds there are, but in the list itself and in what command lines say.
GENERIC = ("quorumha.config.", "quorumha.demo.", "quorumha.app.", "quorumha.logs.")
WITH_NAMES = {"quorumha.app.kinds", "quorumha.app.flags"}
#: These read what an endpoint begins with: C{tcp:}, C{http://}.
ENDPOINTS = {"quorumha.config.addresses", "quorumha.config.endpoint_text", "quorumha.config.upstreams"}


class NamesTests(SynchronousTestCase):
    """Who knows kinds by name."""

    def test_no_name(self) -> None:
        """No text of a generic module is the name of a kind, and none of its imports is a kind's folder."""
        names = {kind.name for kind in (*KINDS.listeners, *KINDS.checks)}
        folders = {kind.__class__.__module__.rpartition(".")[0] for kind in KINDS.listeners if kind.family}
        found = []
        for source in sources("quorumha"):
            if not source.module.startswith(GENERIC) or source.module in WITH_NAMES:
                continue
            if source.module not in ENDPOINTS:
                found += [
                    f"{source.module}:{node.lineno} {node.value}"
                    for node in ast.walk(source.tree)
                    if isinstance(node, ast.Constant) and node.value in names
                ]
            found += [
                f"{source.module}:{one.line} imports {one.name}"
                for one in source.imports
                if one.name.startswith(tuple(f"{folder}." for folder in folders))
            ]
        self.assertEqual(found, [])


class FakeKindTests(SynchronousTestCase):
    """Configured, checked, explained, served, retired: by what everything else goes through."""

    def problems(self, text: str) -> list[str]:
        found = self.assertRaises(ConfigError, read, text)
        return [problem.split("\n")[0] for problem in found.problems]

    def test_configured(self) -> None:
        """With the defaults of its keys, and as a file says."""
        for more, greeting, times in (("", "hello", 1), ('greeting = "hi"\ntimes = 2\n', "hi", 2)):
            config = read(TEXT + more)
            listener = config.listeners["door"]
            self.assertEqual((listener.serve, listener.kind), ("greet", GREET))
            self.assertEqual((listener.settings.greeting, listener.settings.times), (greeting, times))
            self.assertEqual(config.warnings, ())
        self.assertEqual(
            summary(read(TEXT)), "  door  tcp:7  greet\n          -> friends: 10.0.0.1:1, 10.0.0.2:1"
        )

    def test_problems(self) -> None:
        """At file, line and key; its keys are known to no other kind, nor theirs to it."""
        self.assertEqual(
            self.problems(TEXT + 'times = "two"\ngreting = "x"\nstore = "shared"\n'),
            [
                "fake.toml:8:1 listeners.door.times: must be a whole number, not text",
                "fake.toml:9:1 listeners.door.greting: unknown key; did you mean 'greeting'?",
                'fake.toml:10:1 listeners.door.store: means nothing with serve = "greet",'
                ' only with "tessera-q2t", "tessera-p2p", "tessera-thirdparty"',
            ],
        )
        self.assertEqual(
            self.problems(TEXT.replace("greet", "tcp") + "times = 2\n"),
            ['fake.toml:8:1 listeners.door.times: means nothing with serve = "tcp", only with "greet"'],
        )
        self.assertEqual(
            self.problems(TEXT.replace('pool = "friends"\n', "")),
            ["fake.toml:4:12 listeners.door: lacks `pool`: nobody to greet for"],
        )
        self.assertIn("did you mean 'greet'?", self.problems(TEXT.replace("greet", "great"))[0])
        self.assertEqual(
            self.problems(TEXT.replace('1"]\n', '1"]\ntimes = 2\n', 1)),
            ["fake.toml:3:1 pools.friends.times: unknown key; it belongs in [listeners.NAME]"],
        )

    def test_risk(self) -> None:
        """What it finds risky is a warning at its key."""
        (warning,) = read(TEXT + "times = 4\n").warnings
        self.assertEqual(
            warning.split("\n")[0],
            "fake.toml:8:1 listeners.door.times: who says it so often is not believed",
        )

    def test_an_old_name(self) -> None:
        """Is taken with a warning; beside the new one it is too much."""
        config = read(TEXT + 'word = "ahoy"\n')
        self.assertEqual(config.listeners["door"].settings.greeting, "ahoy")
        (warning,) = config.warnings
        self.assertEqual(
            warning.split("\n")[0],
            "fake.toml:8:1 listeners.door.word: is now called `greeting`;"
            " the next release takes that name alone",
        )
        self.assertEqual(
            self.problems(TEXT + 'word = "ahoy"\ngreeting = "hi"\n'),
            [
                "fake.toml:8:1 listeners.door.word: is the old name of `greeting`,"
                " which is given too; leave this out"
            ],
        )

    def test_check(self) -> None:
        """C{auto} finds it, a file may name it, and its keys are its own."""
        self.assertIs(read(TEXT).pools["friends"].check.asked, KNOCK)
        written = TEXT.replace("\n\n", '\ncheck = { kind = "knock", knocks = 5 }\n\n')
        check = read(written.replace("greet", "tcp")).pools["friends"].check
        self.assertIs(check.asked, KNOCK)
        self.assertEqual(KNOCK.settings(check).knocks, 5)
        self.assertEqual(
            self.problems(written.replace('"knock"', '"http"')),
            ['fake.toml:3:26 pools.friends.check.knocks: means nothing with kind = "http"'],
        )

    def test_explained(self) -> None:
        """Listener, check and memory."""
        config = read(TEXT.replace("\n\n", "\ncheck = { knocks = 5 }\n\n") + "times = 2\n")
        lines = explain(config).splitlines()
        self.assertEqual(
            lines[:3],
            [
                "door: tcp:7, serve = 'greet'",
                "  pool friends: 10.0.0.1:1, 10.0.0.2:1; round-robin",
                "  says 'hello' 2 times",
            ],
        )
        self.assertIn("  check knock (auto): 5 knocks; good is who opens [changed: knocks]", lines)
        self.assertIn("   5 MiB  greetings (greeting)", explain_memory(config, 10).splitlines())

    def test_reference(self) -> None:
        """Its keys, as the reference has those of others."""
        (model,) = GREET.models
        self.assertEqual(
            table(model, FAKES).splitlines()[2:],
            [
                '| `greeting` | text | `"hello"` | What a client is told.'
                " It was called `word`: that is still taken, with a warning. |",
                "| `times` | whole number | `1` | How often. |",
            ],
        )

    def test_served_and_stopped(self) -> None:
        """Its part is built, started, drained and stopped, and its check asks."""
        net = MemoryTopology()
        service = MemoryProxy(read(TEXT + "times = 2\n"), net).service
        part = service.parts["door"]
        assert isinstance(part, GreetPart)
        self.assertEqual(part.told, [])
        service.startService()
        net.advance(1)
        self.assertEqual(part.told, ["start"])
        client = net.connect("proxy:7")
        net.advance(1)
        self.assertEqual(client.received, b"hello hello 10.0.0.1:1 10.0.0.2:1")
        stopping = service.stopService()
        net.advance(10)
        self.successResultOf(stopping)
        self.assertFalse(client.connected)
        self.assertEqual(part.told, ["start", "close", "stop"])
        self.assertEqual(net.clock.getDelayedCalls(), [])

    def test_turned_and_retired(self) -> None:
        """Changed, it greets newcomers otherwise and its clients stay; gone, it ends with its last client."""
        net = MemoryTopology()
        service = MemoryProxy(read(TEXT), net).service
        service.startService()
        net.advance(1)
        first = net.connect("proxy:7")
        net.advance(1)
        before = service.parts["door"]
        self.successResultOf(service.apply(read(TEXT + 'greeting = "ahoy"\n')))
        changed = service.parts["door"]
        second = net.connect("proxy:7")
        net.advance(1)
        self.assertEqual(first.received, b"hello 10.0.0.1:1 10.0.0.2:1")
        self.assertEqual(second.received, b"ahoy 10.0.0.1:1 10.0.0.2:1")
        assert isinstance(before, GreetPart) and isinstance(changed, GreetPart)
        self.assertEqual((before.told, changed.told), (["start"], ["start"]), "the first client is there")
        self.successResultOf(service.apply(read(TEXT.replace("door", "gate").replace("tcp:7", "tcp:8"))))
        net.advance(5)
        self.assertEqual((before.told, changed.told), (["start", "stop"], ["start", "stop"]))
        self.assertFalse(first.connected or second.connected)
        self.assertEqual(len(service.retired), 0)
        net.advance(1)
        self.assertEqual(net.connect("proxy:8").connected, False)
        net.advance(1)
        stopping = service.stopService()
        net.advance(10)
        self.successResultOf(stopping)


#: Every key that a listener or a check of some kind has, by its present and its old names.
LISTENER_KEYS = sorted(
    {key for model in (ListenerConfig, *FAKES.listener_models()) for key in file_fields(model)}
    - {"listen", "tls"}
    | {"parked_bytes", "word"}
)
CHECK_KEYS = sorted({key for model in (CheckConfig, *FAKES.check_models()) for key in file_fields(model)})
VALUES = st.sampled_from(
    [0, 1, -1, 2.5, True, "friends", "5s", "none", "http", "tessera", "greet", "others", [], ["404"], [200]]
) | st.lists(
    st.dictionaries(
        st.sampled_from(["path", "match", "pool", "mirror", "treat_as", "method", "tries"]),
        st.sampled_from(["/a", "/b", "exact", "friends", "others", "once", "GET", 3]),
        max_size=4,
    ),
    max_size=3,
)


class AnyKeyTests(SynchronousTestCase):
    """Whatever is written of whatever kind."""

    @settings(deadline=None, max_examples=150)
    @given(
        st.sampled_from(["", *(kind.name for kind in FAKES.listeners), "none"]),
        st.dictionaries(st.sampled_from(LISTENER_KEYS), VALUES, max_size=5),
        st.sampled_from(["", "auto", *(kind.name for kind in FAKES.checks), "off", "none"]),
        st.dictionaries(st.sampled_from(CHECK_KEYS), VALUES, max_size=3),
    )
    def test_total(
        self, serve: str, keys: dict[str, object], check: str, check_keys: dict[str, object]
    ) -> None:
        """It is refused with places, or can be explained."""
        listener = {"listen": "tcp:7", "pool": "friends", **keys, **({"serve": serve} if serve else {})}
        checked = {**check_keys, **({"kind": check} if check else {})}
        pool = {"upstreams": ["tcp:10.0.0.1:1", "tcp:10.0.0.2:1"], "check": checked}
        tree = {"pools": {"friends": pool}, "listeners": {"door": listener}}
        try:
            config = parse_config(json.dumps(tree, indent=1), "fake.json", {}, FAKES)
        except ConfigError as error:
            for problem in error.problems:
                self.assertRegex(problem, r"^fake\.json:[0-9]+:[0-9]+ (pools|listeners)\.")
            return
        self.assertIn("door: tcp:7", explain(config))
        self.assertIn("memory: ", explain_memory(config, 10))
        self.assertIn("door", summary(config))
