"""How pytest runs the tests with real processes alone: two at a time for each core, and all compiled once.

pytest asks these only where this folder is what it is to run, or a part of it.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Generator

import pytest


@pytest.hookimpl(wrapper=True, optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> Generator[None, int, int]:
    """With C{-n auto}: a test waits most of its time for another process.

    Whoever says the number (C{PYTEST_XDIST_AUTO_NUM_WORKERS}) gets that one.
    """
    workers = yield
    return workers if "PYTEST_XDIST_AUTO_NUM_WORKERS" in os.environ else 2 * workers


def pytest_configure(config: pytest.Config) -> None:
    """Where nothing compiled is to stay (C{PYTHONDONTWRITEBYTECODE}), hundreds of processes would compile all
    that they import, each for itself: they share a folder that goes with this run.
    """
    if sys.dont_write_bytecode and os.environ.pop("PYTHONDONTWRITEBYTECODE", ""):
        folder = tempfile.TemporaryDirectory(prefix="quorumha-compiled-", ignore_cleanup_errors=True)
        config.add_cleanup(folder.cleanup)
        os.environ["PYTHONPYCACHEPREFIX"] = folder.name
