"""How pytest runs the tests: those that take long begin first, random examples are not measured, and full
garbage collections do not look at what was imported.

With several processes (C{-n 2 --dist loadfile}) a long file that comes last would let the others wait for it.
"""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from unittest import TestCase

import pytest
from hypothesis import is_hypothesis_test

# Here, not in tests/__init__.py: the processes that integration tests start do without Hypothesis.
import tests.hypothesis_profile  # noqa: F401  # before any test is made
from quorumha.process.frozen_objects import freeze_objects
from tests.measuring import unmeasured


def _is_long(path: Path) -> bool:
    return path.stem.endswith(("_machine", "_schedules")) or path.stem == "test_clauses"


def pytest_configure(config: pytest.Config) -> None:
    """Files are handed out in this order, not by how many tests each has."""
    config.option.loadscopereorder = False


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Random schedules first, then the processes of the integration tests; each file stays together."""
    items.sort(key=lambda item: (not _is_long(item.path), "integration" not in item.path.parts))


def pytest_collection_finish() -> None:
    """A third of a million objects of modules and tests live to the end: 0.1 s for each look at them."""
    freeze_objects()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, object, object]:
    """Forget what a test made: its case was there already when all was frozen, and refers to itself."""
    case = getattr(item, "instance", None)
    result = yield
    if isinstance(case, TestCase):
        vars(case).clear()
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Leave what Hypothesis calls again and again out of coverage."""
    if isinstance(item, pytest.Function) and is_hypothesis_test(item.obj):
        with unmeasured():
            return (yield)
    return (yield)
