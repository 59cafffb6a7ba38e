"""Tests for L{quorumha.goquorum.explained}."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.goquorum.decide.rules import known_names
from quorumha.goquorum.knowledge.method_classes import METHOD_CLASSES
from quorumha.goquorum.knowledge.method_table import METHODS
from tests.app.explained import told

LISTENER = '[listeners.rpc]\nlisten = "tcp:8545"\nserve = "goquorum-rpc"\npool = "t"\n'


class ExplainedTests(SynchronousTestCase):
    """Every method, and what is done with it."""

    def cells(self, more: str, name: str) -> list[str]:
        """The cells of one method's line."""
        (line,) = [one for one in told(LISTENER + more) if one.startswith(f"  {name}  ")]
        return [cell for cell in line.strip().split("  ") if cell]

    def test_method_by_method(self) -> None:
        """Each method and pattern of the table has its line, with class, where it goes, and what follows."""
        lines = told(LISTENER)
        for name in [*known_names(), "all others"]:
            (line,) = [one for one in lines if one.startswith(f"  {name}  ")]
            method = METHODS.get(name)
            if method is not None and method.call_class != "never":
                self.assertIn(f"  {method.call_class}  ", line)
                self.assertIn(METHOD_CLASSES[method.call_class].goes_to, line)
                self.assertEqual(line.endswith("  secret"), method.secret)
        self.assertFalse([line for line in lines if "[changed]" in line])

    def test_some(self) -> None:
        """Lines as they are printed."""
        for name, cells in (
            ("eth_chainId", ["read", "any member, in turn", "next member"]),
            ("eth_getBalance", ["read-at", "1", "a member that has the block that is named", "next member"]),
            ('  with "pending"', ["count", "0", "the account's member", "the account's next member"]),
            ("eth_sendTransaction", ["account", "0", "the account's member", "never sent again: -32051"]),
            (
                "quorumPermission_addOrg",
                ["account", "last", "the account's member", "never sent again: -32051"],
            ),
            ("personal_sign", ["sign", "1", "the account's member", "never sent again: -32051", "secret"]),
            ("admin_*", ["never", "nobody"]),
            ("all others", ["once", "any member, in turn", "never sent again: -32051"]),
        ):
            found = [cell.strip() for cell in self.cells("", name)]
            self.assertEqual(found, [name.strip(), *cells])

    def test_what_was_changed(self) -> None:
        """By C{methods}, C{allow} and C{deny}: and then it says so."""
        methods = (
            'methods = [{ name = "plugin@x_*", treat_as = "read-at", parameter = 1, secret = true },'
            ' { name = "eth_getLogs", treat_as = "own" }]\n'
        )
        read = self.cells(methods, "plugin@x_*")
        self.assertEqual([cell.strip() for cell in read][1:3], ["read-at", "1"])
        self.assertTrue(read[-1].endswith("secret [changed]"))
        self.assertEqual([cell.strip() for cell in self.cells(methods, "eth_getLogs")][1], "own")
        self.assertIn("denied", self.cells('deny = ["txpool_*"]\n', "txpool_content")[1])
        self.assertIn("[changed]", self.cells('deny = ["txpool_*"]\n', "txpool_content")[-1])
        allow = 'allow = ["admin_*", "eth_call"]\n'
        self.assertEqual(self.cells(allow, "admin_peers")[1].strip(), "own")
        self.assertIn("the first usable member", " ".join(self.cells(allow, "admin_*")))
        self.assertEqual(self.cells(allow, "eth_getCode")[1].strip(), "denied")
        self.assertEqual(self.cells(allow, "all others")[1].strip(), "denied")

    def test_beside_the_methods(self) -> None:
        """How long clients wait, and what is done beside passing calls on."""
        self.assertIn(
            "  clients wait for a member for as long as they are there (client_timeout)",
            told(LISTENER + "client_timeout = 0\n"),
        )
        usual = "\n".join(told(LISTENER))
        for said in (
            "clients wait 30 s for a member (client_timeout)",
            "up to 256 calls wait (waiting_requests) with 64 MiB of bodies (waiting_bytes)",
            "when a second member knows it (acknowledge = 'spread')",
            "are refused with -32052 (unseen = 'refuse')",
            "the latest block never runs backwards for one client (monotonic)",
            "a batch has 1000 calls at most (batch_limit), a message 5 MiB (body_limit)",
        ):
            self.assertIn(said, usual)
        for said in (
            "100 calls under way (in_flight_limit) and 100 subscriptions (subscription_limit) at most",
            "a message 15 MiB (message_limit)",
            "4 MiB wait for a client that does not read (client_buffer)",
            "when its member dies it waits 30 s for another one (resume_timeout), and up to 1000 blocks are",
            "pinged every 30 s (ping_interval)",
        ):
            self.assertIn(said, usual)
        self.assertIn("  no WebSockets (websocket)", told(LISTENER + "websocket = false\n"))
        none = "client_buffer = 0\nresume_timeout = 0\nping_interval = 0\n"
        unlimited = "\n".join(told(LISTENER + none))
        for said in (
            "any number of bytes wait for a client",
            "waits for ever",
            "never pinged (ping_interval)",
        ):
            self.assertIn(said, unlimited)
        changed = "\n".join(
            told(
                LISTENER
                + 'acknowledge = "at-once"\nunseen = "proceed"\nmonotonic = false\nbatch_limit = 10\n'
            )
        )
        for said in (
            "when its member gives it (acknowledge = 'at-once')",
            "go on, with an event (unseen = 'proceed')",
            "the latest block may run backwards",
            "a batch has 10 calls",
        ):
            self.assertIn(said, changed)
