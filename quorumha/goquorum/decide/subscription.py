"""L{Subscription}: what one client has subscribed to, and how it is told of it.  Pure."""

from __future__ import annotations

from attrs import define, field

from quorumha.goquorum.decide.call import Call, quoted
from quorumha.goquorum.decide.carry_over import CarryOver
from quorumha.goquorum.decide.head_carry_over import HeadCarryOver
from quorumha.goquorum.decide.log_carry_over import LogCarryOver

#: Made again at the next member, though nothing of what was missed is filled in: it is not in the chain.
MADE_AGAIN = frozenset({"newPendingTransactions", "syncing"})


@define(eq=False)
class Subscription:
    """One of a client's.

    @ivar method: that it was made by, C{eth_subscribe}.
    @ivar params: JSON.
    @ivar name: what it is to.
    @ivar carry: what was told of it and what was missed; None: that is not known of its kind.
    @ivar id: by which the client knows it, whichever member it is at.
    @ivar early: what came before the client was told its id; None: it was.
    """

    method: str
    params: bytes
    name: str
    carry: CarryOver | None = None
    id: str = ""
    early: list[bytes] | None = field(factory=list)
    _before: bytes = field(default=b"", init=False)

    @classmethod
    def of(cls, call: Call, name: str, most: int) -> Subscription:
        """What a call asks for.

        @param most: items that may wait during a fill.
        """
        carry: CarryOver | None = None
        if call.method == "eth_subscribe" and name == "newHeads":
            carry = HeadCarryOver(most)
        elif call.method == "eth_subscribe" and name == "logs":
            carry = LogCarryOver(call.params, most)
        return cls(call.method, call.params, name, carry)

    @property
    def moves(self) -> bool:
        """Whether it can go on at another member."""
        return self.carry is not None or (self.method == "eth_subscribe" and self.name in MADE_AGAIN)

    def known_as(self, id: str) -> None:
        """The client is told this id."""
        self.id = id
        method = quoted(self.method.removesuffix("subscribe") + "subscription")
        self._before = b'{"jsonrpc":"2.0","method":%b,"params":{"subscription":%b,"result":' % (
            method,
            quoted(id),
        )

    def message(self, result: bytes) -> bytes:
        """A notification, as a node writes it."""
        return b"%b%b}}\n" % (self._before, result)
