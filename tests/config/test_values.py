"""Tests for L{quorumha.config.values}."""

from __future__ import annotations

import datetime
from typing import Any

from attrs import fields
from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from quorumha.config import model
from quorumha.config.log import LogConfig
from quorumha.config.tables import file_fields
from quorumha.config.values import (
    MOST,
    Authority,
    Balance,
    Count,
    FileName,
    Seconds,
    ShownName,
    Size,
    UrlPath,
    Weight,
    kind_of,
    reader_of,
    url_path,
    whole,
)

TYPES = (str, bool, Seconds, Size, Count, Weight, UrlPath, Authority, FileName, ShownName, Balance)

anything = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.lists(st.integers()), st.dates()
)


class ReaderTests(SynchronousTestCase):
    """Single values."""

    def test_every_field_can_be_read(self) -> None:
        """Every plain field of the model has a reader."""
        tables = {"tls", "pools", "listeners", "log", "admin"}
        seen = 0
        for cls in (
            model.UpstreamConfig,
            model.CheckConfig,
            model.ListenerConfig,
            model.AdminConfig,
            model.Config,
            LogConfig,
        ):
            for name, attribute in file_fields(cls).items():
                if name not in tables:
                    self.assertTrue(callable(reader_of(attribute.type)), name)
                    seen += 1
        self.assertGreater(seen, 20)
        with self.assertRaises(KeyError):
            reader_of(fields(model.PoolConfig).upstreams.type)

    def test_kinds(self) -> None:
        """Types are called what TOML calls them."""
        for value, kind in [
            (True, "a boolean"),
            (1, "a number"),
            (1.0, "a number"),
            ("", "text"),
            ([], "an array"),
            ({}, "a table"),
            (None, "nothing"),
            (datetime.date(2026, 1, 1), "a date or time"),
        ]:
            self.assertEqual(kind_of(value), kind)

    def test_whole(self) -> None:
        """Bounds of whole numbers."""
        self.assertEqual([whole(1, 1), whole(0, 0), whole(MOST, 0)], [1, 0, MOST])
        for value, least in [(0, 1), (-1, 0), (MOST + 1, 0), (True, 0), (1.0, 0), ("1", 0), (None, 0)]:
            with self.assertRaises(ValueError):
                whole(value, least)

    def test_paths(self) -> None:
        """Paths as a request line may hold them."""
        for path in ("/", "/push", "/a%2Fb", "/a/b/", "/...", "/a;b=c,d"):
            self.assertEqual(url_path(path), path)
        for wrong in (
            "",
            "a",
            "/a?",
            "/a#",
            "/ ",
            "/é",
            "/a\r\n",
            "/..",
            "/./a",
            "/a/..",
            '/"',
            "/\\",
            1,
            None,
        ):
            with self.assertRaises(ValueError):
                url_path(wrong)

    def test_names(self) -> None:
        """In one line, and nothing that a terminal would obey."""
        read = reader_of(ShownName)
        for name in ("a", "n\u00f6de 1", 'a"<b>&'):
            self.assertEqual(read(name), name)
        for name in ("", "a\n", "\x1b[2J", "a\u2028b", "\x00", "\u202e", 1):
            with self.subTest(name=name), self.assertRaises(ValueError):
                read(name)

    def test_authorities(self) -> None:
        """Hosts with and without ports."""
        for host in ("a.example", "10.0.0.1:80", "[::1]:80", "node_1"):
            self.assertEqual(reader_of(Authority)(host), host)
        for wrong in ("", "a b", "a\r\nX: y", "a/b", "é", "a@b", 1):
            with self.assertRaises(ValueError):
                reader_of(Authority)(wrong)

    @settings(deadline=None)
    @given(st.sampled_from(TYPES), anything)
    def test_total(self, kind: Any, value: object) -> None:
        """Anything at all is a value or a ValueError."""
        try:
            reader_of(kind)(value)
        except ValueError:
            return
        self.assertIsInstance(value, str | bool | int | float)
