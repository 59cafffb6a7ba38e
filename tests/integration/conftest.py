"""How pytest runs the tests with real processes alone: two at a time for each core."""

from __future__ import annotations

import os
from collections.abc import Generator

import pytest


@pytest.hookimpl(wrapper=True, optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> Generator[None, int, int]:
    """With C{-n auto}: a test waits most of its time for another process.

    pytest calls this only where this folder is what it is asked for, or a part of it. Whoever says the
    number (C{PYTEST_XDIST_AUTO_NUM_WORKERS}) gets that one.
    """
    workers = yield
    return workers if "PYTEST_XDIST_AUTO_NUM_WORKERS" in os.environ else 2 * workers
