"""The tables of known parties, and how they differ."""

from __future__ import annotations

import json
from base64 import b64decode

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from quorumha.tessera.knowledge.party_table import PartyTable, lacking, parse_party_table
from tests.testing.test_corpus import URL_A, URL_B, load

URLS = st.sampled_from(["http://p", "http://q", "http://r", "http://own"])
TABLES = st.builds(
    PartyTable,
    st.just("http://own"),
    st.dictionaries(URLS, st.frozensets(st.sampled_from("123"), max_size=3), max_size=4),
)


class ParseTests(SynchronousTestCase):
    """L{parse_party_table}."""

    def test_captured(self) -> None:
        """Of a real node that knows one other party."""
        (one,) = (x for x in load("p2p-back-1") if (x["method"], x["path"]) == ("GET", "/partyinfo"))
        table = parse_party_table(b64decode(one["response"]["body"]))
        assert table is not None
        self.assertEqual(table.own, URL_A.rstrip("/"))
        self.assertEqual(list(table.keys), [URL_B.rstrip("/")])
        self.assertEqual(len(table.keys[URL_B.rstrip("/")]), 1)
        self.assertTrue(table.knows(URL_B))
        self.assertFalse(table.knows("http://elsewhere/"))

    def test_known_by_its_url_alone(self) -> None:
        """As from the configuration: nothing can be sent there yet."""
        body = {"url": "http://a/", "peers": [{"url": "http://b/"}, {"url": "http://a/"}], "keys": []}
        table = parse_party_table(json.dumps(body).encode())
        self.assertEqual(table, PartyTable("http://a", {"http://b": frozenset()}))
        assert table is not None
        self.assertFalse(table.knows("http://b/"))

    def test_no_table(self) -> None:
        for body in (b"", b"[]", b"{}", b"[" * 100_000, b'{"url": 1, "peers": [], "keys": []}', b"\xff"):
            self.assertIsNone(parse_party_table(body))
        for part in ({"peers": [1]}, {"keys": [{"url": "x"}]}, {"keys": None}, {"peers": [{"url": None}]}):
            body = {"url": "http://a", "peers": [], "keys": [], **part}
            self.assertIsNone(parse_party_table(json.dumps(body).encode()))

    @given(
        st.recursive(
            st.none() | st.text() | st.integers(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)
        )
    )
    def test_any_json(self, value: object) -> None:
        parse_party_table(json.dumps(value).encode())
        parse_party_table(json.dumps({"url": "u", "peers": value, "keys": value}).encode())


class LackingTests(SynchronousTestCase):
    """L{lacking}."""

    def test_party_and_key(self) -> None:
        tables = {
            "a": PartyTable("http://own", {"http://p": frozenset("12"), "http://q": frozenset("3")}),
            "b": PartyTable("http://own", {"http://p": frozenset("1")}),
            "c": PartyTable("http://own", {"http://q": frozenset()}),
        }
        both = {"http://p", "http://q"}
        self.assertEqual(lacking(tables), {"a": set(), "b": both, "c": both})

    def test_own_urls_do_not_count(self) -> None:
        tables = {
            "a": PartyTable("http://own", {"http://old-name": frozenset("1")}),
            "b": PartyTable("http://old-name", {"http://own": frozenset("1")}),
        }
        self.assertEqual(lacking(tables), {"a": set(), "b": set()})

    @given(st.dictionaries(st.sampled_from("abc"), TABLES, max_size=3))
    def test_nobody_lacks_what_nobody_knows(self, tables: dict[str, PartyTable]) -> None:
        """With one's lack filled by the others' knowledge, it lacks nothing."""
        said = lacking(tables)
        self.assertEqual(said.keys(), tables.keys())
        for name, urls in said.items():
            self.assertNotIn("http://own", urls)
            filled = dict(tables[name].keys)
            for url in urls:
                for other in tables.values():
                    filled[url] = filled.get(url, frozenset()) | other.keys.get(url, frozenset())
                self.assertNotEqual(filled[url], tables[name].keys.get(url, frozenset()))
            self.assertEqual(lacking({**tables, name: PartyTable("http://own", filled)})[name], set())
