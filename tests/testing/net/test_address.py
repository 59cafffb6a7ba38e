"""Places and the addresses made of them."""

from __future__ import annotations

from twisted.internet.address import IPv4Address, UNIXAddress
from twisted.trial.unittest import SynchronousTestCase

from quorumha.testing.net.address import address_of, client_address_of


class AddressTests(SynchronousTestCase):
    def test_of_a_place(self) -> None:
        self.assertEqual(address_of("a:9101"), IPv4Address("TCP", "a", 9101))
        self.assertEqual(address_of("unix:/run/tm.ipc"), UNIXAddress("/run/tm.ipc"))

    def test_of_its_clients(self) -> None:
        first, second = (client_address_of("a:1", "192.0.2.7", n) for n in (0, 1))
        self.assertEqual(first, IPv4Address("TCP", "192.0.2.7", 40000))
        self.assertNotEqual(first, second)
        self.assertEqual(client_address_of("unix:/x", "192.0.2.7", 0), UNIXAddress(None))
