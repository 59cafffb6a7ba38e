"""An address as a configuration has it."""

from __future__ import annotations

from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress
from twisted.internet.interfaces import IAddress


def address_text(address: IAddress) -> str:
    """An address as a configuration has it."""
    match address:
        case IPv4Address(host=host, port=port):
            return f"{host}:{port}"
        case IPv6Address(host=host, port=port):
            return f"[{host}]:{port}"
        case UNIXAddress(name=bytes(name)):
            return f"unix:{name.decode('utf-8', 'backslashreplace')}"
    return str(address)
