"""Fixtures for pytest: C{pytest_plugins = ["quorumha.testing.fixtures"]} in C{conftest.py} brings them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any, Protocol

import pytest

from quorumha.config.model import Config
from quorumha.testing.memory_proxy import MemoryProxy
from quorumha.testing.net.memory import MemoryTopology


class ServeConfig(Protocol):
    """What the fixture C{memory_proxy} is."""

    def __call__(self, config: Config | str | os.PathLike[str], **settings: Any) -> MemoryProxy:
        """Serve a configuration, with simulated nodes where nobody listens yet.

        @param config: a path, TOML, or the value.
        @param settings: as for L{MemoryProxy}.
        @raise ConfigError: it cannot be used.
        """


@pytest.fixture
def memory_topology() -> MemoryTopology:
    """A network of its own for each test; C{memory_proxy} has the same."""
    return MemoryTopology()


@pytest.fixture
def memory_proxy(memory_topology: MemoryTopology) -> Iterator[ServeConfig]:
    """Serves configurations; at the end of the test each is stopped, and must end as it should."""
    made: list[MemoryProxy] = []

    def serve(config: Config | str | os.PathLike[str], **settings: Any) -> MemoryProxy:
        settings.setdefault("net", memory_topology)
        if isinstance(config, os.PathLike):
            proxy = MemoryProxy.from_file(config, **settings)
        else:
            proxy = MemoryProxy(config, **settings)
        proxy.simulate()
        proxy.start()
        made.append(proxy)
        return proxy

    yield serve
    for proxy in made:
        proxy.stop()
