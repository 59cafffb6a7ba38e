"""What one simulated Tessera node knows, and the words it answers with."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable

from attrs import define, field, frozen

from quorumha.testing.http.message_reader import Message
from quorumha.testing.http.node import NodeResponse
from quorumha.testing.tessera.journal import Insertion
from quorumha.testing.tessera.payloads import Payload
from quorumha.testing.tessera.replica import ReplicatedStore
from quorumha.testing.tessera.store import TesseraStore

TEXT, JSON = b"text/plain", b"application/json"

#: A key pair's public half that simulated nodes have unless told otherwise.
OWN_KEY = bytes(range(32))

Store = TesseraStore | ReplicatedStore


class Refusal(Exception):
    """An answer that is not a success, with Tessera's own words.

    @ivar status: the HTTP status.
    """

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


@define
class Party:
    """What a node knows of another one.

    @ivar keys: public keys found there.
    @ivar versions: what it said in C{tesseraSupportedApiVersions}; empty if it said nothing.
    """

    keys: set[bytes] = field(factory=set)
    versions: str = ""


@define(eq=False)
class TesseraState:
    """What one node knows and has.

    @ivar url: what it advertises; of a pair behind a proxy, the proxy's.
    @ivar keys: the public keys of its own key pairs, the default one first.
    @ivar version: of C{/version}.
    @ivar api_versions: of C{/version/api}; None for a node that has no such path (404).
    @ivar recover: it was started with C{--recover}.
    @ivar name: of the node, for L{quorumha.testing.tessera.journal.Insertion}.
    @ivar parties: its peer table: URL to L{Party}.  Lost when the process ends.
    @ivar offline: URLs that cannot be reached: a push to them makes 410, and they are forgotten.
    @ivar refusing: URLs that answer a push with an error: 500.
    @ivar pushed: URL and octets of what it would have pushed to others.
    @ivar resends: types and keys of the C{/resend} requests it took; C{"BATCH"} and the public
        key for C{/resendBatch}.
    """

    store: Store
    url: str = "http://127.0.0.1:9001/"
    keys: tuple[bytes, ...] = (OWN_KEY,)
    version: str = "20.10.1-SNAPSHOT"
    api_versions: tuple[str, ...] | None = ("1.0", "2.0")
    recover: bool = False
    name: str = ""
    parties: dict[str, Party] = field(factory=dict)
    offline: set[str] = field(factory=set)
    refusing: set[str] = field(factory=set)
    pushed: list[tuple[str, bytes]] = field(factory=list)
    resends: list[tuple[str, str]] = field(factory=list)

    def forget(self, url: str) -> bool:
        """Drop a party, as Tessera does when it cannot reach it; whether it was known."""
        return self.parties.pop(url, None) is not None


@frozen
class Visit:
    """One request to one node.

    @ivar store: the database as this node reaches it now.
    @ivar argument: the part of the path that the route's pattern has in its group.
    """

    state: TesseraState
    store: Store
    request: Message
    argument: str

    def insert(self, payload: Payload, *, raw: bool = False) -> bytes:
        """Add a row, and note who made it.

        @return: its key.
        @raise DuplicateKey: it is there already.
        @raise StoreDead: nothing was written.
        """
        key = self.store.insert(payload, raw=raw)
        self.store.journal.insertions.append(Insertion.of(self.request, key, raw, self.state.name))
        return key


#: Method, pattern of the path, what answers.
Route = tuple[bytes, str, Callable[[Visit], NodeResponse]]


def text(said: str, status: int = 200) -> NodeResponse:
    """A plain text answer."""
    return NodeResponse(status, said.encode(), TEXT)


def key_text(key: bytes) -> str:
    """A key or hash as Tessera writes it: base64."""
    return b64encode(key).decode()
