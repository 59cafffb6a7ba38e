"""Tests for L{quorumha.goquorum.decide.parameters}."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.goquorum.decide.call import Call, OwnResponse
from quorumha.goquorum.decide.parameters import (
    Block,
    Tag,
    account_of,
    block_of,
    data_of,
    filter_id_of,
    has_nonce,
    is_private,
    subscription_of,
)
from quorumha.goquorum.decide.rule import Rule

ADDRESS = "0x" + "1a" * 20
ACCOUNT = bytes.fromhex("1a" * 20)
OTHER = "0x" + "2B" * 20
HASH = "0x" + "cd" * 32
FIRST, SECOND, LAST = Rule("account", 0), Rule("account", 1), Rule("account", -1)


def call(params: str) -> Call:
    """A call with these parameters."""
    return Call(b"1", "a_b", params.encode())


class AccountTests(SynchronousTestCase):
    """Whose account a call is about."""

    def test_forms(self) -> None:
        """An address, or the C{from} of an object; at a place, or at the end; upper case and 0X, too."""
        for params, rule in (
            (f'["{ADDRESS}","0x12"]', FIRST),
            (f'["0x{ADDRESS[2:].upper()}"]', FIRST),
            (f'["0X{ADDRESS[2:]}"]', FIRST),
            (f'["0x12","{ADDRESS}","password"]', SECOND),
            (f'[{{"from":"{ADDRESS}"}}]', FIRST),
            (f' [ {{ "to" : 5, "from" : "{ADDRESS}" }} , 1 ] '.strip(), FIRST),
            (f'[{{"from":"{OTHER}"}},{{"from":"{ADDRESS}"}}]', LAST),
            (f'["a","b",1,true,false,{{"from":"{ADDRESS}"}}]', LAST),
            (f'[{{"\\u0066rom":"{ADDRESS}"}}]', FIRST),
        ):
            self.assertEqual(account_of(call(params), rule), ACCOUNT, params)

    def test_twice(self) -> None:
        """In the same case the last is read, as at the node."""
        self.assertEqual(account_of(call(f'[{{"from":"{OTHER}","from":"{ADDRESS}"}}]'), FIRST), ACCOUNT)
        self.assertIsNone(account_of(call(f'[{{"from":"{ADDRESS}","from":null}}]'), FIRST))

    def test_not_readable(self) -> None:
        """What a node refuses it says itself."""
        for params in (
            "",
            "null",
            "{}",
            "[]",
            "[null]",
            "[5]",
            "[[]]",
            "[{}]",
            '["0x12"]',
            f'["{ADDRESS}00"]',
            f'["{ADDRESS[2:]}"]',
            f'[" {ADDRESS}"]',
            f'["{ADDRESS[:-2]} 1"]',
            '["0x' + "\\\\u0031a" * 20 + '"]',
            '["0x' + "zz" * 20 + '"]',
            '[{"from":null}]',
            '[{"from":5}]',
            f'[{{"from":["{ADDRESS}"]}}]',
            f'[{{"to":"{ADDRESS}"}}]',
        ):
            self.assertIsNone(account_of(call(params), FIRST), params)
        self.assertIsNone(account_of(call(f'["{ADDRESS}"]'), SECOND))
        self.assertIsNone(account_of(call(f'["{ADDRESS}"]'), Rule("account")))

    def test_another_letter_case(self) -> None:
        """Of a key that says whose a transaction is, how often it may be sent, or who gets it."""
        for key in ("From", "FROM", "Nonce", "privatefor", "PrivateFor", "PRIVATEFROM"):
            for params in (f'[{{"from":"{ADDRESS}","{key}":1}}]', f'[{{"{key}":1}}]'):
                for read in (account_of, has_nonce, is_private):
                    error = self.assertRaises(OwnResponse, read, call(params), FIRST)
                    self.assertEqual((error.code, error.reason, error.status), (-32602, "ambiguous", 200))
        error = self.assertRaises(OwnResponse, account_of, call('[{"privacyflag":1}]'), FIRST)
        self.assertEqual(error.message, "invalid argument: a key equals privacyFlag but for case")
        # Other keys may be written as one likes.
        self.assertEqual(account_of(call(f'[{{"from":"{ADDRESS}","Gas":1,"TO":2}}]'), FIRST), ACCOUNT)
        # And only that object is looked into.
        self.assertEqual(account_of(call(f'[{{"from":"{ADDRESS}"}},{{"From":1}}]'), FIRST), ACCOUNT)

    def test_millions_of_parameters(self) -> None:
        """No more are kept than a method can have."""
        many = ",".join(["0"] * 1_000_000)
        self.assertEqual(account_of(call(f'["{ADDRESS}",{many}]'), FIRST), ACCOUNT)
        self.assertIsNone(account_of(call(f'[{many},{{"from":"{ADDRESS}"}}]'), LAST))
        far = Rule("account", 20)
        self.assertEqual(account_of(call(f'[{",".join("0" * 20)},"{ADDRESS}"]'), far), ACCOUNT)


class TransactionTests(SynchronousTestCase):
    """What else is read of a transaction."""

    def test_nonce(self) -> None:
        """Given, whatever it is: the node says what is wrong with it."""
        for value, given in (('"0x1"', True), ("1", True), ('"x"', True), ("null", False)):
            self.assertEqual(has_nonce(call(f'[{{"nonce":{value}}}]'), FIRST), given, value)
            self.assertEqual(has_nonce(call(f'["a",{{"nonce":{value}}}]'), LAST), given, value)
        for params in ("[]", "[{}]", '["0x12"]', ""):
            self.assertFalse(has_nonce(call(params), FIRST))
        self.assertFalse(has_nonce(call('[{"nonce":"0x1","nonce":null}]'), FIRST))

    def test_private(self) -> None:
        """An empty list makes it private, too; null does not."""
        for value, private in (('["k"]', True), ("[]", True), ("null", False)):
            self.assertEqual(is_private(call(f'[{{"privateFor":{value}}}]'), FIRST), private, value)
        self.assertFalse(is_private(call("[{}]"), FIRST))


class BlockTests(SynchronousTestCase):
    """Which block a call needs."""

    def test_forms(self) -> None:
        """Tags, numbers, hashes; in an object, too; the upper end of a range of logs."""
        wanted: dict[str, Block | None] = {
            '"latest"': Tag.LATEST,
            '"pending"': Tag.PENDING,
            '"earliest"': Tag.EARLIEST,
            '"l\\u0061test"': Tag.LATEST,
            '"0x0"': 0,
            '"0x1f"': 31,
            '"0X1F"': 31,
            '"0x7fffffffffffffff"': 2**63 - 1,
            f'"{HASH}"': bytes.fromhex("cd" * 32),
            f'{{"blockHash":"{HASH}","requireCanonical":true}}': bytes.fromhex("cd" * 32),
            '{"blockNumber":"0x10"}': 16,
            '{"blockNumber":"pending"}': Tag.PENDING,
            '{"BlockNumber":"pending"}': Tag.PENDING,
            '{"bloc\u212aNumber":"0x10"}': 16,
            '{"blockHash":null,"blockNumber":"0x10"}': 16,
            "{}": Tag.LATEST,
            '{"fromBlock":"0x1","toBlock":"0x9"}': 9,
            '{"fromBlock":"0x1"}': Tag.LATEST,
            '{"fromBlock":"0x1","toBlock":null}': Tag.LATEST,
            '{"fromBlock":"0x1","toBlock":"latest","address":[]}': Tag.LATEST,
            "null": Tag.LATEST,
            '"safe"': None,
            '"finalized"': None,
            '"Latest"': None,
            '""': None,
            '"0x"': None,
            '"0x01"': None,
            '"0x_1"': None,
            '"0x\u0661"': None,
            '"0x1 "': None,
            '"0x8000000000000000"': None,
            '"16"': None,
            '"-0x1"': None,
            f'"{HASH[:-1]}g"': None,
            f'"{HASH}00"': None,
            "16": None,
            "true": None,
            "[]": None,
            '{"blockHash":"0x12"}': None,
            '{"toBlock":5}': None,
        }
        for value, block in wanted.items():
            self.assertEqual(block_of(call(f'["{ADDRESS}",{value}]'), SECOND), block, value)
            self.assertEqual(block_of(call(f"[{value}]"), FIRST), block, value)

    def test_not_given(self) -> None:
        """Then the latest is meant, or the node says that it must be."""
        for params in ("", "null", "[]", "{}", f'["{ADDRESS}"]'):
            self.assertIs(block_of(call(params), SECOND), Tag.LATEST, params)


class FirstTests(SynchronousTestCase):
    """The first parameter of methods that need no table for it."""

    def test_texts(self) -> None:
        """Ids of filters and names of subscriptions as the node reads them."""
        self.assertEqual(filter_id_of(call('["0xAb\\u0031"]')), "0xAb1")
        self.assertEqual(filter_id_of(call('[1,"0x2"]'), Rule("filter", 1)), "0x2")
        self.assertEqual(filter_id_of(call('["0x2"]'), Rule("filter")), "0x2")
        self.assertEqual(subscription_of(call('["newHeads"]')), "newHeads")
        for params in ("[]", "", "[5]", "[null]", "[{}]"):
            self.assertIsNone(filter_id_of(call(params)))
            self.assertIsNone(subscription_of(call(params)))

    def test_bytes(self) -> None:
        """A transaction is not empty for being short."""
        self.assertEqual(data_of(call('["0xF86b"]')), b"\xf8k")
        self.assertEqual(data_of(call('["0x"]')), b"")
        for params in ('["0x1"]', '["f86b"]', "[]", "", "[null]"):
            self.assertIsNone(data_of(call(params)), params)
