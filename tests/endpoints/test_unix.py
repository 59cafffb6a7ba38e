"""SafeUNIXServerEndpoint, as far as it needs no socket; the rest: tests/integration/test_unix_socket.py."""

from __future__ import annotations

from pathlib import Path

from twisted.internet.interfaces import IStreamServerEndpoint
from twisted.internet.protocol import Factory
from twisted.internet.testing import MemoryReactorClock
from twisted.trial.unittest import SynchronousTestCase
from zope.interface.verify import verifyObject

from quorumha.endpoints.unix import Claim, SafeUNIXServerEndpoint
from quorumha.errors import ListenError


class SafeUNIXServerEndpointTests(SynchronousTestCase):
    def endpoint(self, path: str) -> SafeUNIXServerEndpoint:
        return SafeUNIXServerEndpoint(MemoryReactorClock(), path)

    def test_interface(self) -> None:
        endpoint = self.endpoint("/run/tm.ipc")
        verifyObject(IStreamServerEndpoint, endpoint)
        self.assertEqual(repr(endpoint), "<listen at unix:/run/tm.ipc>")

    def test_private_by_default(self) -> None:
        self.assertEqual(Claim().mode, 0o600)

    def test_bad_name(self) -> None:
        self.assertRaises(ListenError, self.endpoint, "@tm")

    def test_no_folder(self) -> None:
        missing = f"{self.mktemp()}/tm.ipc"
        failure = self.failureResultOf(self.endpoint(missing).listen(Factory()), ListenError)
        self.assertIn(missing, str(failure.value))
        self.assertIn("does not exist", str(failure.value))

    def test_file(self) -> None:
        path = Path(self.mktemp())
        path.write_text("precious")
        self.failureResultOf(self.endpoint(str(path)).listen(Factory()), ListenError)
        self.assertEqual(path.read_text(), "precious")
