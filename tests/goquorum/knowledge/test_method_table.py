"""Tests for L{quorumha.goquorum.knowledge.method_table}: it agrees with what was read in the source."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import get_args

from attrs import frozen
from twisted.trial.unittest import SynchronousTestCase

from quorumha.goquorum.config import TreatAs
from quorumha.goquorum.knowledge.method_table import METHODS, PATTERNS, Method, matches, method_of

FACTS = Path(__file__).parents[2] / "vectors" / "goquorum"
#: As the document calls them.
CLASSES = {"tag": "read-at"}
#: Said in other words than of the others.
WORDS = {
    'getTransactionCount(x,"pending"), fillTransaction without privateFor': "fillTransaction",
    ", fillTransaction with privateFor (stores a payload)": "",
    # Of a range of logs, the upper end.
    "**read**: getLogs (a range: needs the upper end)": "**tag**: getLogs(0)",
    "getValidators getSigners getSnapshot getSignersFromBlock isValidator (0, optional)": (
        "getValidators(0) getSigners(0) getSnapshot(0) getSignersFromBlock(0) isValidator(0)"
    ),
    "(1, optional)": "(1)",
    "; newAccount importRawKey (write a file into the shared key store: **once**+secret if allowed)": (
        " newAccount importRawKey"
    ),
    " Not there: protocolVersion feeHistory maxPriorityFeePerGas getBlockReceipts": "",
    "start*/stop*/write*/set*/blockProfile/mutexProfile/goTrace": (
        "start* stop* write* set* blockProfile mutexProfile goTrace"
    ),
}
#: Types of parameters that name a block, and an account.
BLOCKS = {"BlockNumber", "*BlockNumber", "BlockNumberOrHash", "*BlockNumberOrHash", "FilterCriteria"}
ACCOUNTS = {"SendTxArgs", "AsyncSendTxArgs", "Address"}
#: Beyond the document: subscriptions of other namespaces (issue 11, section 9), methods of personal that
#: are not known, and reading ones of admin, which it has in a sentence of their own.
BEYOND = {"debug_subscribe", "debug_unsubscribe", "admin_subscribe", "admin_unsubscribe", "personal_*"}


@frozen
class Written:
    """What the document says of a method, or of all that a pattern with C{*} means."""

    namespaces: tuple[str, ...]
    name: str
    call_class: str
    parameter: int | None
    secret: bool

    def means(self, name: str) -> bool:
        namespace, _, short = name.partition("_")
        return namespace in self.namespaces and matches(self.name, short)


def written() -> list[Written]:
    """The rows of the document that name methods one by one."""
    found = []
    text = (FACTS / "methods.md").read_text("utf-8")
    for said, meant in WORDS.items():
        assert said in text, said
        text = text.replace(said, meant)
    for row in text.splitlines():
        cells = row.strip("|").split("|")
        if (
            not row.startswith("|")
            or len(cells) != 2
            or cells[0].startswith((" namespace", "---", " admin", " plugin"))
        ):
            continue
        namespaces = tuple(word for word in re.split(r"[ ,]+", cells[0].partition("(")[0]) if word.isalnum())
        said = cells[1].replace("**once**", "once")
        for call_class, methods in re.findall(r"\*\*([a-z+-]+)\*\*(.*?)(?=\*\*[a-z]|\Z)", said):
            last = "LAST" in methods or "(last param)" in methods
            for name in re.sub(r"\((?!\d\))[^)]*\)", "", methods).replace(",", " ").replace(":", " ").split():
                short, _, parameter = name.rstrip(".)").partition("(")
                if not short:
                    continue
                # openWallet and unpair take a password.
                secret = call_class.startswith("secret+") or (namespaces, call_class) == (
                    ("personal",),
                    "never",
                )
                plain = call_class.removeprefix("secret+")
                place = -1 if last else int(parameter) if parameter else None
                within: tuple[str, ...] = namespaces
                if "_" in short:
                    namespace, _, short = short.partition("_")
                    within = (namespace,)
                found.append(Written(within, short, CLASSES.get(plain, plain), place, secret))
    return found


def exported() -> dict[str, tuple[str, list[str]]]:
    """The file and the types of the parameters of each method of the source."""
    lines = (FACTS / "exported.txt").read_text("utf-8").splitlines()
    split = [line.split() for line in lines if not line.startswith("#")]
    return {name: (source, types) for name, source, *types in split}


class DocumentTests(SynchronousTestCase):
    """The table and the document, method by method."""

    def setUp(self) -> None:
        self.rows = written()
        self.assertGreater(len(self.rows), 170)

    def test_each_method_of_the_document(self) -> None:
        """Each has entries of its class, as secret, and with its parameter where it names one."""
        for row in self.rows:
            means = [one for one in (*METHODS.values(), *PATTERNS) if row.means(one.name)]
            exact = [one for one in means if one.name.partition("_")[2] == row.name]
            self.assertTrue(means, row)
            for one in exact or means:
                self.assertEqual((one.call_class, one.secret), (row.call_class, row.secret), row)
                if row.parameter is not None:
                    self.assertEqual(one.parameter, row.parameter, row)

    def test_each_method_of_the_table(self) -> None:
        """None is the table's own."""
        for one in (*METHODS.values(), *PATTERNS):
            if one.name in BEYOND or one.name.startswith(("admin_", "plugin@")):
                continue
            if any(one.name == f"{space}_*" for space in ("miner", "qlight", "ethash", "consensus")):
                continue
            self.assertTrue(any(row.means(one.name) for row in self.rows), one)

    def test_administration(self) -> None:
        """Whole namespaces are never; what only reads is a node's own word where it is allowed."""
        for name in (
            "admin_addPeer",
            "miner_start",
            "qlight_setCurrentToken",
            "ethash_x",
            "consensus_newBlock",
        ):
            self.assertEqual(_found(name).call_class, "never", name)
            self.assertEqual(_found(name).allowed, "never", name)
        for name in ("peers", "nodeInfo", "qpeers", "qnodeInfo", "datadir"):
            one = METHODS[f"admin_{name}"]
            self.assertEqual((one.call_class, one.allowed), ("never", "own"))

    def test_key_store(self) -> None:
        """What writes into it is never, and once and secret where it is allowed; of plugins, too."""
        for name in ("personal_newAccount", "personal_importRawKey"):
            one = METHODS[name]
            self.assertEqual((one.call_class, one.allowed, one.secret), ("never", "once", True))
        for name in ("plugin@account_newAccount", "plugin@account_importRawKey"):
            self.assertEqual((_found(name).call_class, _found(name).secret), ("once", True))
        self.assertEqual((_found("plugin@x_y").call_class, _found("plugin@x_y").secret), ("once", False))

    def test_by_their_parameters(self) -> None:
        """The pending count is the account's; filling a private transaction stores its payload."""
        count, fill = METHODS["eth_getTransactionCount"].variant, METHODS["eth_fillTransaction"].variant
        assert count is not None
        assert fill is not None
        self.assertEqual((count.when, count.call_class, count.parameter), ("pending", "count", 0))
        self.assertEqual((fill.when, fill.call_class, fill.parameter), ("private", "account", 0))
        others = [one.name for one in METHODS.values() if one.variant is not None]
        self.assertEqual(sorted(others), ["eth_fillTransaction", "eth_getTransactionCount"])


class SourceTests(SynchronousTestCase):
    """The table and what the source exports."""

    def test_every_method_is_known(self) -> None:
        """No method that a node has is left to what the table does not know."""
        self.assertEqual([name for name in exported() if method_of(name) is None], [])

    def test_every_entry_is_there(self) -> None:
        """And no entry is of a method that no node has."""
        there = exported()
        made = {name for name in METHODS if name.endswith("subscribe") or name.startswith("plugin@")}
        # The namespace's other name for the same, of consensus/ethash and eth/downloader.
        self.assertEqual({name for name in METHODS if name not in there} - made, set())
        for one in PATTERNS:
            if not one.name.startswith(("personal", "plugin", "ethash")):
                self.assertTrue(any(matches(one.name, name) for name in there), one)

    def test_source(self) -> None:
        """Each entry names the file that has it."""
        there = exported()
        for one in METHODS.values():
            if one.name in there:
                self.assertEqual(one.source, there[one.name][0], one.name)
            self.assertTrue(one.source)

    def test_parameters(self) -> None:
        """What is said to name a block or an account is of such a type, at every method that needs one."""
        there = exported()
        for one in METHODS.values():
            wanted = {"read-at": BLOCKS, "account": ACCOUNTS, "sign": ACCOUNTS, "count": ACCOUNTS}
            if one.call_class not in wanted:
                self.assertIsNone(one.parameter, one.name)
                continue
            assert one.parameter is not None, one
            types = there[one.name][1]
            self.assertIn(types[one.parameter], wanted[one.call_class], one.name)
            if one.variant is not None:
                self.assertIn(types[one.variant.parameter], ACCOUNTS)


class TableTests(SynchronousTestCase):
    """The table by itself."""

    def test_no_method_twice(self) -> None:
        """Of two entries one would never be read."""
        from quorumha.goquorum.knowledge import method_table

        names = Counter(one.name for one in method_table.entries())
        self.assertEqual([name for name, times in names.items() if times > 1], [])

    def test_classes(self) -> None:
        """Each is one that C{treat_as} takes, and each of these is in use."""
        used = {one.call_class for one in (*METHODS.values(), *PATTERNS)}
        used |= {one.allowed for one in METHODS.values()}
        self.assertEqual(used, set(get_args(TreatAs)))

    def test_unknown(self) -> None:
        """Nothing is known of what is not there; case counts."""
        for name in ("eth_nope", "ETH_CALL", "eth_call ", "call", "", "eth_call\n", "debug_nope", "les_x"):
            self.assertIsNone(method_of(name), name)

    def test_patterns(self) -> None:
        """A star is for any letters, none too; all else is itself."""
        for pattern, name, meant in (
            ("eth_*", "eth_call", True),
            ("eth_*", "eth_", True),
            ("eth_*", "Eth_call", False),
            ("*", "", True),
            ("*", "a\nb", True),
            ("e.h_call", "eth_call", False),
            ("eth_call", "eth_call", True),
            ("eth_call", "eth_call2", False),
            ("*_get*Hash", "eth_getBlockByHash", True),
            ("*_get*Hash", "eth_getBlockByHash2", False),
            ("a**b", "ab", True),
            ("ab*ba", "aba", False),
            ("ab*ba", "abba", True),
            ("a*b*c", "abc", True),
            ("a*b*c", "acb", False),
            ("a*bc*c", "abc", False),
            ("*" * 50 + "x", "a" * 1_000_000, False),
            ("*a" * 50 + "x", "a" * 1_000_000, False),
        ):
            self.assertEqual(matches(pattern, name), meant, (pattern, name))

    def test_personal(self) -> None:
        """What is not known of a namespace that takes passwords is secret."""
        one = _found("personal_somethingNew")
        self.assertEqual((one.call_class, one.secret), ("once", True))


def _found(name: str) -> Method:
    found = method_of(name)
    assert found is not None, name
    return found
