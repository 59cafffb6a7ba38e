"""Listeners that know Tessera's calls."""

from __future__ import annotations

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from quorumha.app.kinds import parse_config
from quorumha.http.forward.config import ForwardConfig
from quorumha.tessera.config import TesseraConfig
from quorumha.tessera.decide.call_plan import CallOverride
from tests.config.told import problems_of

POOL = '[pools.t]\nupstreams = ["http://a:9101", "http://b:9101"]\n'
LISTENER = '[listeners.q2t]\nlisten = "unix:/run/tm.ipc"\nserve = "tessera-q2t"\n'


class ReadTests(SynchronousTestCase):
    """What can be written."""

    def test_pool_is_enough(self) -> None:
        """An operator writes where, what and who."""
        config = parse_config(f'{POOL}{LISTENER}pool = "t"\n', "q.toml", {})
        listener = config.listeners["q2t"]
        self.assertEqual(config.warnings, ())
        self.assertEqual(listener.settings, TesseraConfig())

    def test_client_timeout(self) -> None:
        """The word for no limit is in the message."""
        (told,) = problems_of(f'{POOL}{LISTENER}pool = "t"\nclient_timeout = "never"\n')
        self.assertIn('; or "none"', told.splitlines()[0])

    def test_every_key(self) -> None:
        """All of it may be said otherwise."""
        text = f"""state_directory = "/var/lib/quorumha"
{POOL}{LISTENER}pool = "t"
client_timeout = "none"
store = "replicated"
party = "A"
existence_memory = 10
api_versions = ["1.0", "2.1"]
waiting_requests = 5
waiting_bytes = "1MiB"
hedge = "300ms"
party_info_interval = "10s"
first_byte_timeout = "1s"
routes = [
  {{ path = "/send", method = "POST", treat_as = "once", total_timeout = "9s" }},
  {{ path = "/transaction", match = "prefix", next_upstream = ["error"] }},
]
"""
        config = parse_config(text, "q.toml", {})
        listener = config.listeners["q2t"]
        self.assertEqual(config.state_directory, "/var/lib/quorumha")
        self.assertEqual(
            evolve(listener.settings, routes=(), keys={}, forward=ForwardConfig()),
            TesseraConfig(0.0, "replicated", "A", 10, ("1.0", "2.1"), 5, 1024**2, 0.3, 10.0),
        )
        self.assertEqual(listener.settings.keys, {"first_byte_timeout": 1.0})
        self.assertEqual(listener.settings.forward, ForwardConfig(first_byte_timeout=1.0))
        self.assertEqual(
            listener.settings.routes,
            (
                CallOverride("/send", "exact", "POST", "once", {"total_timeout": 9.0}),
                CallOverride("/transaction", "prefix", "*", None, {"next_upstream": ("error",)}),
            ),
        )

    def test_keys_without_effect(self) -> None:
        """A key that no call of this port looks at is most likely a slip; calls treated otherwise may."""
        for serve, key, tells in (
            ("q2t", 'store = "replicated"', False),
            ("p2p", 'store = "replicated"', True),
            ("thirdparty", 'store = "shared"', True),
            ("p2p", "party_info_interval = 10", False),
            ("q2t", "party_info_interval = 10", False),
            ("thirdparty", "party_info_interval = 10", True),
            ("p2p", 'store = "shared"\nroutes = [{ path = "/x", treat_as = "lookup" }]', False),
        ):
            listener = f'[listeners.l]\nlisten = "tcp:1"\nserve = "tessera-{serve}"\npool = "t"\n{key}\n'
            warnings = parse_config(POOL + listener, "q.toml", {}).warnings
            name = key.partition(" ")[0]
            told = f"q.toml:7:1 listeners.l.{name}: no call of serve = 'tessera-{serve}' looks at it"
            self.assertEqual([w.split("\n")[0] for w in warnings], [told] if tells else [])


class ProblemTests(SynchronousTestCase):
    """What can't."""

    def test_problems(self) -> None:
        """Each with its place, all at once."""
        told = problems_of(
            f"""{POOL}{LISTENER}store = "both"
client_timeout = "soon"
next_upstream = ["error"]
upgrade = true
api_versions = ["two"]
routes = [
  {{ path = "/sendraw", method = "post", treat_as = "often" }},
  {{ path = "/send", treat_as = "once", non_idempotent = true }},
  {{ path = "/send", mirror = "others" }},
]
"""
        )
        keys = [problem.split("\n")[0].split(": ")[0].split(" ")[1] for problem in told]
        self.assertEqual(
            keys,
            [
                "listeners.q2t",
                "listeners.q2t.store",
                "listeners.q2t.client_timeout",
                "listeners.q2t.next_upstream",
                "listeners.q2t.upgrade",
                "listeners.q2t.api_versions[0]",
                "listeners.q2t.routes[0].method",
                "listeners.q2t.routes[0].treat_as",
                "listeners.q2t.routes[1].treat_as",
                "listeners.q2t.routes[2].path",
                "listeners.q2t.routes[2].mirror",
            ],
        )

    def test_only_here(self) -> None:
        """Its keys mean nothing to other listeners."""
        (told,) = problems_of(
            f'{POOL}[listeners.h]\nlisten = "tcp:1"\nserve = "http"\npool = "t"\nstore = "shared"\n'
        )
        self.assertIn('means nothing with serve = "http", only with "tessera-q2t", ', told)
