"""Tests for L{quorumha.goquorum.decide.rules}."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.goquorum.config import GoQuorumConfig, MethodOverride
from quorumha.goquorum.decide.call import Call, OwnResponse
from quorumha.goquorum.decide.rule import Rule
from quorumha.goquorum.decide.rules import MethodRules, known_names
from quorumha.goquorum.knowledge.method_table import METHODS, PATTERNS

ADDRESS = '"0x' + "1a" * 20 + '"'


class RulesCase(SynchronousTestCase):
    """Rules by configuration."""

    def rules(
        self,
        allow: tuple[str, ...] = (),
        deny: tuple[str, ...] = (),
        methods: tuple[MethodOverride, ...] = (),
    ) -> MethodRules:
        return MethodRules(GoQuorumConfig(allow=allow, deny=deny, methods=methods))

    def refused(self, rules: MethodRules, method: str, reason: str) -> None:
        error = self.assertRaises(OwnResponse, rules.for_call, Call(b"1", method, b""))
        said = f"the method {method} does not exist/is not available"
        self.assertEqual((error.code, error.message, error.reason, error.status), (-32601, said, reason, 200))


class TableTests(RulesCase):
    """What the table says."""

    def test_class(self) -> None:
        """Each method is treated as the table has it; class never is nobody's."""
        rules = self.rules()
        for name, method in METHODS.items():
            if method.call_class == "never":
                self.refused(rules, name, "never")
                continue
            rule = rules.of(name)
            self.assertEqual(
                (rule.call_class, rule.parameter, rule.secret, rule.name),
                (method.call_class, method.parameter, method.secret, name),
            )
            self.assertIs(rules.for_call(Call(b"1", name, b"")), rule)

    def test_what_the_table_does_not_know(self) -> None:
        """Is once, and its name is the client's own word: not for a log."""
        rules = self.rules()
        for name in ("eth_nope", "", "ETH_CALL", "eth_sendTransaction\n", "les_x", "x" * 100_000):
            self.assertEqual(rules.of(name), Rule("once", None, False, "other"))
        self.assertEqual(rules.of("plugin@x_y").name, "plugin@*")
        self.assertEqual(rules.of("personal_x"), Rule("once", None, True, "personal_*"))

    def test_never(self) -> None:
        """Whole namespaces, by their patterns."""
        for name in ("admin_x", "miner_start", "debug_setX", "debug_startY", "debug_standardTraceXToFile"):
            self.refused(self.rules(), name, "never")


class ByParametersTests(RulesCase):
    """Methods whose class depends on their parameters."""

    def test_count(self) -> None:
        """The pending count is the account's, any other one is read at its block."""
        rules = self.rules()
        for block, wanted in (
            ('"pending"', ("count", 0)),
            ('{"blockNumber":"pending"}', ("count", 0)),
            ('"latest"', ("read-at", 1)),
            ('"0x1"', ("read-at", 1)),
            ("null", ("read-at", 1)),
        ):
            call = Call(b"1", "eth_getTransactionCount", f"[{ADDRESS},{block}]".encode())
            rule = rules.for_call(call)
            self.assertEqual((rule.call_class, rule.parameter), wanted, block)
            self.assertEqual(rule.name, "eth_getTransactionCount")
        self.assertEqual(rules.for_call(Call(b"1", "eth_getTransactionCount", b"")).call_class, "read-at")

    def test_fill(self) -> None:
        """Filling a private transaction stores its payload, so it is never sent twice."""
        rules = self.rules()
        for more, call_class in (
            ("", "count"),
            (',"privateFor":["k"]', "account"),
            (',"privateFor":[]', "account"),
        ):
            params = f'[{{"from":{ADDRESS}{more}}}]'.encode()
            rule = rules.for_call(Call(b"1", "eth_fillTransaction", params))
            self.assertEqual((rule.call_class, rule.parameter), (call_class, 0))
        ambiguous = Call(b"1", "eth_fillTransaction", b'[{"PrivateFor":["k"]}]')
        self.assertEqual(self.assertRaises(OwnResponse, rules.for_call, ambiguous).code, -32602)

    def test_overridden(self) -> None:
        """Who says another class means it, whatever the parameters say."""
        rules = self.rules(methods=(MethodOverride("eth_getTransactionCount", "own"),))
        call = Call(b"1", "eth_getTransactionCount", f'[{ADDRESS},"pending"]'.encode())
        self.assertEqual(rules.for_call(call).call_class, "own")


class AllowDenyTests(RulesCase):
    """C{allow} and C{deny}."""

    def test_allow(self) -> None:
        """Nothing else is served, known or not; case counts."""
        rules = self.rules(allow=("eth_*", "net_version"))
        for name in ("eth_call", "eth_nope", "net_version"):
            self.assertEqual(rules.of(name).call_class in ("read", "read-at", "once"), True)
        for name in ("net_peerCount", "web3_sha3", "ETH_call", "nope", "eth"):
            self.refused(rules, name, "denied")

    def test_deny_wins(self) -> None:
        """Whatever C{allow} and C{methods} say."""
        rules = self.rules(
            allow=("eth_*", "admin_peers"),
            deny=("eth_send*", "admin_peers", "*nope*"),
            methods=(MethodOverride("eth_sendX", "read"),),
        )
        for name in ("eth_sendTransaction", "eth_sendX", "admin_peers", "eth_nope2"):
            self.refused(rules, name, "denied")
        self.assertEqual(rules.of("eth_call").call_class, "read-at")

    def test_never_when_allow_names_it(self) -> None:
        """By its name, or by a pattern that means nothing but administration."""
        rules = self.rules(allow=("*", "debug_setHead", "admin_*", "raft_add*", "miner_st*"))
        for name, call_class in (
            ("debug_setHead", "never"),
            ("admin_addPeer", "never"),
            ("admin_nope", "never"),
            ("raft_addPeer", "never"),
            ("raft_addLearner", "never"),
            ("miner_start", "never"),
            ("admin_peers", "own"),
            ("admin_datadir", "own"),
            ("admin_subscribe", "subscribe"),
        ):
            self.assertEqual(rules.of(name).call_class, call_class, name)
        for name in ("debug_chaindbCompact", "raft_removePeer", "miner_setExtra", "personal_newAccount"):
            self.refused(rules, name, "never")

    def test_a_pattern_for_others_opens_nothing(self) -> None:
        """Who allows debug_* for traces does not allow debug_setHead, which by default is nobody's."""
        rules = self.rules(allow=("debug_*", "eth_*", "raft_*", "*"))
        for name in (
            "debug_setHead",
            "debug_startX",
            "eth_getWork",
            "raft_removePeer",
            "admin_addPeer",
            "miner_x",
        ):
            self.refused(rules, name, "never")
        self.assertEqual(rules.of("debug_traceTransaction").call_class, "read")
        self.assertEqual(rules.of("raft_role").call_class, "own")

    def test_key_store(self) -> None:
        """What writes into it is once, and secret."""
        rules = self.rules(allow=("*", "personal_newAccount", "personal_importRawKey", "personal_openWallet"))
        for name, call_class in (("newAccount", "once"), ("importRawKey", "once"), ("openWallet", "never")):
            rule = rules.of(f"personal_{name}")
            self.assertEqual((rule.call_class, rule.secret), (call_class, True))

    def test_only_never_allowed(self) -> None:
        """To name one of these is to allow nothing else, as with any other method."""
        rules = self.rules(allow=("admin_peers",))
        self.refused(rules, "eth_call", "denied")


class MethodsTests(RulesCase):
    """C{methods}."""

    def test_first_match_wins(self) -> None:
        """Before the table; and its name is for logs."""
        rules = self.rules(
            methods=(
                MethodOverride("plugin@x_get*", "read"),
                MethodOverride("plugin@x_*", "account", 0),
                MethodOverride("eth_getLogs", "own"),
                MethodOverride("eth_*", "once"),
            )
        )
        self.assertEqual(rules.of("plugin@x_getIt"), Rule("read", None, False, "plugin@x_get*"))
        self.assertEqual(rules.of("plugin@x_send"), Rule("account", 0, False, "plugin@x_*"))
        self.assertEqual(rules.of("plugin@y_z").name, "plugin@*")
        self.assertEqual(rules.of("eth_getLogs").call_class, "own")
        self.assertEqual(rules.of("eth_call").call_class, "once")
        self.assertEqual(rules.of("net_version").call_class, "read")

    def test_secret(self) -> None:
        """May be said of any method; what the table calls secret stays so."""
        rules = self.rules(
            methods=(
                MethodOverride("plugin@x_*", "once", None, True),
                MethodOverride("personal_*", "sign", 0),
            )
        )
        self.assertTrue(rules.of("plugin@x_y").secret)
        self.assertTrue(rules.of("personal_unlockAccount").secret)
        self.assertFalse(rules.of("personal_ecRecover").secret)

    def test_opens_and_closes(self) -> None:
        """Another class makes administration served; never makes anything nobody's, unless it is allowed."""
        methods = (
            MethodOverride("admin_nodeInfo", "read"),
            MethodOverride("eth_sign*", "never"),
            MethodOverride("debug_*", "never"),
        )
        rules = self.rules(methods=methods)
        self.assertEqual(rules.of("admin_nodeInfo").call_class, "read")
        self.refused(rules, "admin_peers", "never")
        self.refused(rules, "eth_sign", "never")
        self.refused(rules, "debug_traceCall", "never")
        self.refused(self.rules(("eth_*",), methods=methods), "eth_sign", "never")
        for allow in ("eth_sign*", "eth_sign"):
            rule = self.rules((allow,), methods=methods).of("eth_sign")
            self.assertEqual((rule.call_class, rule.name), ("never", "eth_sign*"))
        # All that is there of debug is never now, so the pattern can mean nothing else.
        self.assertEqual(self.rules(("debug_*",), methods=methods).of("debug_setHead").call_class, "never")


class NamesTests(RulesCase):
    """What is known."""

    def test_all(self) -> None:
        """Methods, then patterns."""
        names = known_names()
        self.assertEqual(len(names), len(METHODS) + len(PATTERNS))
        self.assertEqual(len(set(names)), len(names))
