"""The order in which pytest runs the tests: those that take long begin first.

With several processes (C{-n 2 --dist loadfile}) a long file that comes last would let the others wait for it.
"""

from __future__ import annotations

from pathlib import Path

import pytest


def _is_long(path: Path) -> bool:
    return path.stem.endswith(("_machine", "_schedules")) or path.stem == "test_clauses"


def pytest_configure(config: pytest.Config) -> None:
    """Files are handed out in this order, not by how many tests each has."""
    config.option.loadscopereorder = False


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Random schedules first, then the processes of the integration tests; each file stays together."""
    items.sort(key=lambda item: (not _is_long(item.path), "integration" not in item.path.parts))
