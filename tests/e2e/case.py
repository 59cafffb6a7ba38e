"""L{RealNodesCase}, L{RpcNodesCase}: networks of real nodes, where there are any."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from twisted.trial.unittest import SkipTest, SynchronousTestCase

from tests.e2e.network import Network
from tests.e2e.rpc_network import RpcNetwork

N = TypeVar("N", bound=Network)

_GETH = ("GETH", "GoQuorum's geth")


def _lacks(name: str, what: str) -> str | None:
    path = os.environ.get(name)
    if not path:
        return f"set {name} to the path of {what}"
    return None if Path(path).is_file() else f"{name} names no file: {path}"


def why_not() -> str | None:
    """Why it cannot run here, if it cannot."""
    for name, what in (_GETH, ("TESSERA_JAR", "Tessera's executable jar")):
        if reason := _lacks(name, what):
            return reason
    return None if shutil.which("java") else "put java on the PATH"


class RealNodesCase(SynchronousTestCase):
    def setUp(self) -> None:
        if reason := why_not():
            raise SkipTest(reason)

    def network(self, kind: Callable[..., N] = Network, **keys: Any) -> N:
        """One that runs.

        @param keys: see L{Network}, or whichever kind it is.
        """
        # A socket's path must be short.
        folder = tempfile.TemporaryDirectory(prefix="qha-")
        self.addCleanup(folder.cleanup)
        net = kind(Path(folder.name), os.environ["GETH"], os.environ["TESSERA_JAR"], **keys)
        self.addCleanup(net.stop)
        net.start()
        return net


class RpcNodesCase(SynchronousTestCase):
    """GoQuorums alone."""

    def setUp(self) -> None:
        if reason := _lacks(*_GETH):
            raise SkipTest(reason)

    def network(self, **keys: Any) -> RpcNetwork:
        """One that runs.

        @param keys: see L{RpcNetwork}.
        """
        folder = tempfile.TemporaryDirectory(prefix="qha-")
        self.addCleanup(folder.cleanup)
        net = RpcNetwork(Path(folder.name), os.environ["GETH"], **keys)
        self.addCleanup(net.stop)
        net.start()
        return net
