"""L{KeyStore}: the accounts that nodes have in a folder, and L{KEYS}: addresses for tests."""

from __future__ import annotations

from attrs import define, field

from quorumha.testing.goquorum.rlp import keccak256
from quorumha.testing.goquorum.transaction import hexed

#: Addresses for tests, made up; in lower case.
KEYS = tuple(hexed(keccak256(b"key %d" % index)[12:]) for index in range(100))
#: The password of every account.
PASSWORD = "pw"


@define(eq=False)
class KeyStore:
    """A folder of keys.  Who has unlocked one is each node's own affair.

    @ivar accounts: addresses, in lower case.
    """

    accounts: list[str] = field(factory=list)

    def create(self, seed: bytes) -> str:
        """A new account."""
        address = hexed(keccak256(seed)[12:])
        if address not in self.accounts:
            self.accounts.append(address)
        return address
