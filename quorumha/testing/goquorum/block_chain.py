"""L{BlockChain}: the one chain of a simulated network, and what its state was at each height.

Raft has no forks, so neither has it.  There is no virtual machine: the creation of a contract and
transactions to one make logs by a rule of their own (C{_said}).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator

from attrs import define, field, frozen

from quorumha.testing.goquorum.rlp import Item, encode, keccak256, number
from quorumha.testing.goquorum.transaction import Transaction, hexed, unhexed

#: What every account has at the beginning: 1,000 ether.
FUNDS = 10**21
#: Of a plain transfer; of what does more.
TRANSFER_GAS, OTHER_GAS = 0x5208, 0xD0FB
#: The root of an empty trie, the hash of an empty list of uncles.
EMPTY_ROOT = "0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421"
NO_UNCLES = "0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347"
#: Code that begins so logs once, without topics, when its contract is made: PUSH1 0, PUSH1 0, LOG0.
LOGS_ONCE = bytes.fromhex("60006000a0")
#: Nanoseconds since 1970 at a clock's 0: raft counts these (consensus/raft, raft/minter.go).
EPOCH = 1_795_000_000 * 10**9


@frozen
class Log:
    """What a contract logged.

    @ivar address: the contract's.
    @ivar topics: C{0x...} each.
    @ivar index: in its block.
    """

    address: str
    topics: tuple[str, ...]
    data: bytes
    transaction: Transaction
    transaction_index: int
    index: int


@frozen(eq=False)
class Block:
    """A block.

    @ivar made: when, by the clock.
    @ivar logs: of all its transactions, in order.
    """

    number: int
    parent: str
    transactions: tuple[Transaction, ...]
    logs: tuple[Log, ...]
    made: float
    hash: str = field(init=False)
    bloom: bytes = field(init=False, repr=False)
    roots: tuple[str, str, str] = field(init=False, repr=False)

    @property
    def timestamp(self) -> int:
        """In nanoseconds; 0 of the first one."""
        return EPOCH + round(self.made * 10**9) if self.number else 0

    @property
    def gas_used(self) -> int:
        """By all of its transactions."""
        return sum(gas_of(one) for one in self.transactions)

    @property
    def extra(self) -> bytes:
        """C{extraData}: the seal of its minter."""
        seal = keccak256(self.roots[0].encode()) * 2
        return bytes(32) + (b"\xf8\x44\x32\xb8\x41" + seal + b"\x01" if self.number else b"")

    @bloom.default
    def _bloom(self) -> bytes:
        return bloom_of(self.logs)

    @roots.default
    def _roots(self) -> tuple[str, str, str]:
        # Of the state, the transactions, the receipts; no trie is built.
        names: list[Item] = [unhexed(one.hash) for one in self.transactions]
        state = keccak256(encode([unhexed(self.parent), *names]))
        if not names:
            return hexed(state), EMPTY_ROOT, EMPTY_ROOT
        return hexed(state), hexed(keccak256(encode(names))), hexed(keccak256(state))

    @hash.default
    def _hash(self) -> str:
        return hexed(
            keccak256(encode([unhexed(self.parent), number(self.number), number(round(self.made * 10**9))]))
        )


def gas_of(transaction: Transaction) -> int:
    """What one used."""
    return OTHER_GAS if transaction.data or transaction.to is None else TRANSFER_GAS


def bloom_of(logs: Iterable[Log]) -> bytes:
    """The filter over addresses and topics, 256 bytes (yellow paper, 4.3.1)."""
    bits = 0
    for log in logs:
        for part in (log.address, *log.topics):
            digest = keccak256(unhexed(part))
            for at in (0, 2, 4):
                bits |= 1 << (int.from_bytes(digest[at : at + 2], "big") & 2047)
    return bits.to_bytes(256, "big")


@define(eq=False)
class BlockChain:
    """Blocks that all agree on, and the state after each of them.

    @ivar blocks: from the first on; a block's number is its place.
    @ivar places: the numbers of the block, and of the place there, of each transaction by hash.
    @ivar numbers: of each block by hash.
    """

    blocks: list[Block] = field(factory=list, init=False)
    places: dict[str, tuple[int, int]] = field(factory=dict, init=False, repr=False)
    numbers: dict[str, int] = field(factory=dict, init=False, repr=False)
    _sent: dict[str, list[int]] = field(factory=dict, init=False, repr=False)
    _funds: dict[str, list[tuple[int, int]]] = field(factory=dict, init=False, repr=False)
    _contracts: dict[str, int] = field(factory=dict, init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        self.append((), 0.0)

    @property
    def height(self) -> int:
        """The number of the latest block."""
        return len(self.blocks) - 1

    def append(self, transactions: tuple[Transaction, ...], made: float) -> Block:
        """Make the next block."""
        height = len(self.blocks)
        parent = self.blocks[-1].hash if height else hexed(bytes(32))
        for index, one in enumerate(transactions):
            self.places[one.hash] = (height, index)
            self._sent.setdefault(one.sender, []).append(height)
            if one.to is None:
                self._contracts[one.contract] = height
            self._pay(one.sender, -one.value, height)
            self._pay(one.to or one.contract, one.value, height)
        block = Block(height, parent, transactions, tuple(self._logs(transactions)), made)
        self.numbers[block.hash] = height
        self.blocks.append(block)
        return block

    def _pay(self, account: str, value: int, height: int) -> None:
        if value:
            funds = self._funds.setdefault(account, [(-1, FUNDS)])
            funds.append((height, funds[-1][1] + value))

    def _logs(self, transactions: Iterable[Transaction]) -> Iterator[Log]:
        index = 0
        for place, one in enumerate(transactions):
            if (said := self._said(one)) is not None:
                yield Log(*said, one, place, index)
                index += 1

    def _said(self, one: Transaction) -> tuple[str, tuple[str, ...], bytes] | None:
        # By the rule of the simulation: a contract logs what it is called with.
        if one.to is None:
            return (one.contract, (), b"") if one.data.startswith(LOGS_ONCE) else None
        if one.to not in self._contracts:
            return None
        topics = (hexed(one.data[:32]),) if len(one.data) >= 32 else ()
        return one.to, topics, one.data[32:] if topics else one.data

    def nonce(self, account: str, height: int) -> int:
        """How many transactions an account had sent by this height."""
        return bisect_right(self._sent.get(account, ()), height)

    def balance(self, account: str, height: int) -> int:
        """What it had then, in wei."""
        funds = self._funds.get(account)
        if not funds:
            return FUNDS
        return funds[bisect_right(funds, height, key=lambda one: one[0]) - 1][1]

    def is_contract(self, account: str, height: int) -> bool:
        """Whether it was one then."""
        return self._contracts.get(account, height + 1) <= height
