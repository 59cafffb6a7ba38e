"""Tests for L{quorumha.net.address_text}."""

from __future__ import annotations

from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress
from twisted.trial.unittest import SynchronousTestCase

from quorumha.net.address_text import address_text


class AddressTextTests(SynchronousTestCase):
    """How addresses are written."""

    def test_addresses(self) -> None:
        """As a configuration has them."""
        for address, text in [
            (IPv4Address("TCP", "10.0.0.1", 80), "10.0.0.1:80"),
            (IPv6Address("TCP", "::1", 80), "[::1]:80"),
            (UNIXAddress(b"/run/q.ipc"), "unix:/run/q.ipc"),
            (UNIXAddress(None), "UNIXAddress(None)"),
        ]:
            self.assertEqual(address_text(address), text)
