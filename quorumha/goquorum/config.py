"""What a configuration says of a GoQuorum listener: frozen values, reading, and what is risky."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from attrs import NOTHING, Factory, frozen

from quorumha.config.problems import KeyPath, Problems
from quorumha.config.tables import array, read_fields, table
from quorumha.config.units import LONGEST
from quorumha.config.upstreams import read_url
from quorumha.config.values import Count, Seconds, Size, Weight, derived, setting, text
from quorumha.goquorum.decide.rules import NEEDS_PARAMETER
from quorumha.http.forward.config import ForwardConfig
from quorumha.http.server.config import ClientLimits

TreatAs = Literal[
    "read",
    "read-at",
    "lookup",
    "own",
    "count",
    "account",
    "sign",
    "signed",
    "signed-private",
    "filter-new",
    "filter",
    "subscribe",
    "once",
    "never",
]


@frozen
class MethodOverride:
    """Methods that are treated otherwise than the table says; the first that matches wins."""

    name: str = setting(NOTHING, "Which methods: a name, or a pattern with `*`; case counts.")
    treat_as: TreatAs = setting("once", "The class that they are treated as.")
    parameter: Count | None = setting(
        None, "Which parameter, from 0, names the block, account or filter.", usual="none"
    )
    secret: bool = setting(False, "Whether they are neither logged nor sent to a second member.")


def websocket_url(value: object) -> str:
    """The address of a node's WebSocket."""
    url = text(value)
    read_url(url, WEBSOCKET_PORTS)
    return url


#: The port that a URL of a WebSocket stands for when it names none.
WEBSOCKET_PORTS = {"ws": 80, "wss": 443}
WebSocketUrl = Annotated[str, "URL", websocket_url]


@frozen
class GoQuorumMember:
    """What a pool that such a listener serves from may say of a member."""

    websocket: WebSocketUrl | None = setting(
        None,
        "Where its WebSocket is, as `ws://HOST:PORT` or `wss://HOST:PORT`.",
        usual="the endpoint's own address",
    )


@frozen
class GoQuorumCheckConfig:
    """Keys of the check of GoQuorums."""

    lag: Seconds = setting(
        2.0,
        "How long after the best member one may have a block; who has it not then is behind, and not read"
        " from while another one can be. 0: not looked at.",
    )
    peers: Count = setting(
        1,
        "How many nodes one has to be connected to; who has less gets no transactions while another usable"
        " member has them. 0: not looked at.",
    )
    private_state: Seconds = setting(
        10.0,
        "How often it is looked whether all members have the same private state (`debug_privateStateRoot`);"
        " nobody is put out for it. 0: never.",
    )


#: The part of a client's time that is left for the way back; and how many seconds at most.
MARGIN = 0.1
LONGEST_MARGIN = 1.0


@frozen
class GoQuorumConfig:
    """What is known of the clients and nodes of a GoQuorum listener: keys of the listener."""

    client_timeout: Seconds = setting(
        30.0,
        "How long a client waits: a second before, or a tenth of it, waiting for a member ends. A read at a"
        " member whose checks are good goes on while the client is there.",
    )
    allow: tuple[str, ...] = setting(
        (), "Which methods are served, as names or patterns with `*`.", usual="all but class `never`"
    )
    deny: tuple[str, ...] = setting((), "Which methods are not, whatever `allow` says.", usual="none")
    methods: tuple[MethodOverride, ...] = setting((), "Methods to be treated otherwise.")
    acknowledge: Literal["spread", "at-once"] = setting(
        "spread", "Whether a transaction's hash goes to the client when a second member knows it, or at once."
    )
    unseen: Literal["refuse", "proceed"] = setting(
        "refuse",
        "What becomes of an account's calls while its next member does not know its last transaction.",
    )
    monotonic: bool = setting(True, "Whether the latest block never runs backwards for one client.")
    waiting_requests: Count = setting(256, "How many calls may wait at once while no member can answer.")
    waiting_bytes: Size = setting(64 * 1024**2, "How many bytes these may hold together; with 0 none waits.")
    batch_limit: Weight = setting(1000, "How many calls a batch may have.")
    in_flight_limit: Weight = setting(
        100, "How many calls of one WebSocket are under way at once; more are not read yet."
    )
    response_limit: Size = setting(
        16 * 1024**2, "How large the answer of a member to a group of a batch may be."
    )
    memory: Weight = setting(
        100_000,
        "How many filters, accounts and clients are remembered, of each; who was used least recently is"
        " forgotten.",
    )
    websocket: bool = setting(True, "Whether WebSockets are served, too.")
    message_limit: Size = setting(15 * 1024**2, "The largest message of a WebSocket.")
    client_buffer: Size = setting(
        4 * 1024**2, "How many bytes wait for a client of a WebSocket that does not read."
    )
    subscription_limit: Weight = setting(100, "How many subscriptions one WebSocket may have.")
    ping_interval: Seconds = setting(30.0, "How often the other side of a WebSocket is pinged.")
    resume_timeout: Seconds = setting(
        30.0, "How long a WebSocket with subscriptions waits for another member."
    )
    resume_blocks: Count = setting(1000, "How many missed blocks are filled in at most.")
    limits: ClientLimits = derived(Factory(ClientLimits), "What a client may ask.")
    forward: ForwardConfig = derived(Factory(ForwardConfig), "How requests are forwarded.")

    @property
    def longest_wait(self) -> float:
        """Seconds that a call waits at most: what is said then has to reach the client before it gives up."""
        if not self.client_timeout:
            return LONGEST
        return self.client_timeout - min(self.client_timeout * MARGIN, LONGEST_MARGIN)


_BY_METHOD = "is decided for each method here; see `methods` and `client_timeout`"
#: Keys of forwarding that mean nothing here, and why.
_NEVER = {
    **dict.fromkeys(("next_upstream", "non_idempotent", "tries", "total_timeout"), _BY_METHOD),
    **dict.fromkeys(("first_byte_timeout", "upgrade"), _BY_METHOD),
    "replay_limit": "means nothing here: each message is read whole; see `body_limit`",
}
#: As GoQuorum's own (rpc/http.go): larger ones get 413.
BODY_LIMIT = 5 * 1024**2


def read_goquorum(written: Mapping[str, Any], path: KeyPath, problems: Problems) -> GoQuorumConfig:
    """Read what such a listener has beside the keys of all; what is wrong is noted and left out."""
    for key, why in _NEVER.items():
        if key in written:
            problems.add((*path, key), why)
    if "pool" not in written:
        problems.add(path, "lacks `pool`")
    found = read_fields(GoQuorumConfig, written, path, problems, skip=("methods",))
    if "methods" in written:
        found["methods"] = _read_methods(written["methods"], (*path, "methods"), problems)
    keys = {"host": "upstream", **read_fields(ForwardConfig, written, path, problems, skip=_NEVER)}
    limits = {"body_limit": BODY_LIMIT, **read_fields(ClientLimits, written, path, problems)}
    return GoQuorumConfig(**found, limits=ClientLimits(**limits), forward=ForwardConfig(**keys))


def _read_methods(value: object, path: KeyPath, problems: Problems) -> tuple[MethodOverride, ...]:
    methods = []
    for index, element in enumerate(array(value, path, problems)):
        at = (*path, index)
        keys = table(element, at, problems, MethodOverride, needs=["name"])
        if keys is None:
            continue
        one = MethodOverride(**{"name": "", **read_fields(MethodOverride, keys, at, problems)})
        if one.treat_as in NEEDS_PARAMETER and "parameter" not in keys:
            problems.add(
                at,
                f'treat_as = "{one.treat_as}" needs `parameter`: the place, from 0, of the block or account',
            )
        methods.append(one)
    return tuple(methods)
