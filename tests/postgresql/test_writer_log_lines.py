"""Tests for L{quorumha.postgresql.writer_log_lines}."""

from __future__ import annotations

import inspect
import string

from attrs import fields, has
from twisted.trial.unittest import SynchronousTestCase

from quorumha.postgresql import writer_facts
from quorumha.postgresql.writer_log_lines import LINES


class LineTests(SynchronousTestCase):
    """Each fact of writers has a line; what they say: test_writer_news."""

    def test_all(self) -> None:
        """None is missing, and none is of anything else."""
        found = {kind for _, kind in inspect.getmembers(writer_facts, inspect.isclass) if has(kind)}
        known = {kind for kind in found if kind.__module__ == writer_facts.__name__}
        self.assertEqual({kind for kind, _ in LINES.lines}, known)

    def test_texts_use_keys_that_are_there(self) -> None:
        """And these are plain: text, a number or a truth."""
        for (kind, _), line in LINES.lines.items():
            used = {name for _, name, _, _ in string.Formatter().parse(line.text) if name}
            self.assertLessEqual(used, {one.name for one in fields(kind)}, line)
            self.assertLessEqual({one.type for one in fields(kind)}, {"str", "int", "float", "bool"}, line)
