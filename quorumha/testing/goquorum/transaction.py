"""L{Transaction}: its bytes, its hash, and who sent it.

The bytes are real: RLP, and the hash is Keccak-256 of them, private ones (v is 37 or 38) included.  The
signature of a simulated node is not: C{r} ends with the sender's address, which needs no curve.  A foreign
signature is looked into as a node does.
"""

from __future__ import annotations

from attrs import define, field

from quorumha.testing.goquorum.rlp import Item, decode, encode, keccak256, number
from quorumha.testing.goquorum.rpc_error import refusal
from quorumha.testing.goquorum.secp256k1 import recover

#: Where the first 12 bytes of C{r} are these, a simulated node has signed.
_MARK = b"simulated\xff\xff\xff"
#: C{v} of a private transaction (private/private.go); EIP-155 reads it as chain 1.
PRIVATE = (37, 38)


def hexed(data: bytes) -> str:
    """As C{0x...}."""
    return "0x" + data.hex()


def unhexed(text: str) -> bytes:
    """Of C{0x...}.

    @raise ValueError: it is none.
    """
    return bytes.fromhex(text.removeprefix("0x"))


@define(eq=False)
class Transaction:
    """A signed transaction.

    @ivar raw: its bytes.
    @ivar hash: Keccak-256 of these, C{0x...}.
    @ivar sender: an address, C{0x...} in lower case.
    @ivar to: likewise; None where it makes a contract.
    @ivar type: 0: legacy; 1: with an access list.
    """

    nonce: int
    gas_price: int
    gas: int
    to: str | None
    value: int
    data: bytes
    v: int
    r: int
    s: int
    sender: str
    raw: bytes = field(repr=False)
    type: int = 0
    hash: str = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.hash = hexed(keccak256(self.raw))

    @property
    def private(self) -> bool:
        """Whether its data is the hash of a payload."""
        return not self.type and self.v in PRIVATE

    @property
    def contract(self) -> str:
        """The address of the contract that it makes."""
        return hexed(keccak256(encode([unhexed(self.sender), number(self.nonce)]))[12:])

    @property
    def unsigned(self) -> bytes:
        """Its bytes without a signature, as C{eth_fillTransaction} says them."""
        return encode([*_fields(self), b"", b"", b""])

    @property
    def unsigned_hash(self) -> str:
        """Of these."""
        return hexed(keccak256(self.unsigned))

    @classmethod
    def made(
        cls,
        sender: str,
        nonce: int,
        to: str | None = None,
        *,
        value: int = 0,
        data: bytes = b"",
        gas: int = 90_000,
        gas_price: int = 0,
        chain_id: int = 7841,
        private: bool = False,
    ) -> Transaction:
        """One with a made-up signature of this sender."""
        sender = sender.lower()
        unsigned: list[Item] = [
            number(nonce),
            number(gas_price),
            number(gas),
            unhexed(to) if to else b"",
            number(value),
            data,
        ]
        v = PRIVATE[0] if private else 35 + 2 * chain_id
        r = int.from_bytes(_MARK + unhexed(sender), "big")
        s = int.from_bytes(keccak256(encode(unsigned)), "big") >> 2 | 1
        raw = encode([*unsigned, number(v), number(r), number(s)])
        return cls(nonce, gas_price, gas, to and to.lower(), value, data, v, r, s, sender, raw)

    @classmethod
    def read(cls, raw: bytes, chain_id: int = 7841, types: tuple[int, ...] = (0,)) -> Transaction:
        """One from its bytes.

        @param types: that the chain has.
        @raise RpcError: it is none, in the node's words.
        """
        kind = raw[0] if raw and raw[0] < 0xC0 else 0
        if not raw:
            raise refusal("EOF")
        if kind not in types or (raw[0] < 0xC0 and kind != 1):
            raise refusal("transaction type not supported")
        try:
            fields = decode(raw[1:] if kind else raw)
        except ValueError as error:
            raise refusal(str(error)) from None
        if not isinstance(fields, list) or len(fields) != (11 if kind else 9):
            raise refusal("rlp: expected input list for types.LegacyTx")
        return _typed(cls, raw, fields) if kind else _legacy(cls, raw, fields, chain_id)


def _fields(one: Transaction) -> list[Item]:
    return [
        number(one.nonce),
        number(one.gas_price),
        number(one.gas),
        unhexed(one.to) if one.to else b"",
        number(one.value),
        one.data,
    ]


def _numbers(*items: Item) -> list[int]:
    if not all(isinstance(item, bytes) for item in items):
        raise refusal("rlp: expected input string or byte for *big.Int")
    return [int.from_bytes(item, "big") for item in items if isinstance(item, bytes)]


def _place(to: Item) -> str | None:
    if not isinstance(to, bytes) or len(to) not in (0, 20):
        raise refusal("rlp: input string too short for common.Address")
    return hexed(to) if to else None


def _sender(digest: bytes, parity: int, r: int, s: int) -> str:
    whole = r.to_bytes(32, "big")
    if whole.startswith(_MARK):
        return hexed(whole[12:])
    try:
        return hexed(recover(digest, parity, r, s))
    except ValueError:
        raise refusal("invalid sender") from None


def _legacy(cls: type[Transaction], raw: bytes, fields: list[Item], chain_id: int) -> Transaction:
    nonce, gas_price, gas = _numbers(*fields[:3])
    value, v, r, s = _numbers(fields[4], *fields[6:])
    data = fields[5]
    if not isinstance(data, bytes) or r >= 2**256:
        raise refusal("rlp: expected input string or byte for []uint8")
    signed = fields[:6]
    if v not in (27, 28, *PRIVATE):
        if (v - 35) // 2 != chain_id:
            raise refusal("invalid sender")
        signed = [*signed, number(chain_id), b"", b""]
    # Private ones are signed as before EIP-155, and v is set afterwards.
    parity = v - 27 if v in (27, 28) else v - 37 if v in PRIVATE else (v - 35) % 2
    sender = _sender(keccak256(encode(signed)), parity, r, s)
    return cls(nonce, gas_price, gas, _place(fields[3]), value, data, v, r, s, sender, raw)


def _typed(cls: type[Transaction], raw: bytes, fields: list[Item]) -> Transaction:
    nonce, gas_price, gas = _numbers(*fields[1:4])
    value, v, r, s = _numbers(fields[5], *fields[8:])
    data = fields[6]
    if not isinstance(data, bytes) or r >= 2**256:
        raise refusal("rlp: expected input string or byte for []uint8")
    sender = _sender(keccak256(raw[:1] + encode(fields[:8])), v, r, s)
    return cls(nonce, gas_price, gas, _place(fields[4]), value, data, v, r, s, sender, raw, 1)
