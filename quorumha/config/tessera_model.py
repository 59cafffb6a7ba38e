"""What a configuration says of a Tessera port, as frozen values; the keys stand in its listener."""

# No postponed annotations here: the reader of tables looks at the types themselves.
from attrs import field, frozen

from quorumha.config.types import (
    ApiVersion,
    Count,
    Match,
    Method,
    Patience,
    Seconds,
    Size,
    Store,
    TreatAs,
    UrlPath,
    says,
)


@frozen
class TesseraConfig:
    """What is known of the clients and nodes of a Tessera port: keys of its listener."""

    client_timeout: Patience | None = field(
        default=None,
        metadata=says(
            "How long the clients wait for an answer: 5 s for GoQuorum, 3.75 s for other Tesseras, unless "
            "given; `none` where GoQuorum runs with `--ptm.socket` or `--ptm.url` and no `--ptm.timeout`."
            " All limits follow from it."
        ),
    )
    store: Store = field(
        default="shared",
        metadata=says("Whether all members read one database, or each its own copy, which may lag."),
    )
    party: str | None = field(
        default=None,
        metadata=says(
            "A name for the party whose Tesseras these are. Listeners with the same name know the same"
            " transactions: what is pushed to one is known to exist on the other."
        ),
    )
    existence_memory: Count = field(
        default=100_000,
        metadata=says("How many transactions are known to exist, so that a false 404 is seen; 0 means none."),
    )
    api_versions: tuple[ApiVersion, ...] = field(
        default=(),
        metadata=says("What `/version/api` is answered with; what all members know unless given."),
    )
    waiting_requests: Count = field(
        default=256,
        metadata=says("How many requests may wait at once while no member can answer; 0 means none."),
    )
    waiting_bytes: Size = field(
        default=64 * 1024**2,
        metadata=says("How many bytes their bodies may hold together; with 0 those without one wait."),
    )
    hedge: Seconds = field(
        default=0.0,
        metadata=says(
            "After so long without an answer a read is asked of a second member, too.", default="never"
        ),
    )
    party_info_interval: Seconds = field(
        default=5.0,
        metadata=says(
            "How often the members are asked which parties they know (`tessera-p2p`); 0 means never. A member"
            " that is back may take twice as long to hear of all parties (`tessera-q2t`; 10 s with 0)."
        ),
    )


@frozen
class CallConfig:
    """One call of Tessera to be treated otherwise: an element of such a listener's `routes`."""

    path: UrlPath = field(metadata=says("The path, from its first slash."))
    match: Match = field(
        default="exact",
        metadata=says("Whether `path` is the whole path (`exact`), or every path below it too (`prefix`)."),
    )
    method: Method = field(default="*", metadata=says("The method; `*` means all that the path has."))
    treat_as: TreatAs | None = field(
        default=None, metadata=says("What may be done with it; see the table of calls.")
    )
    keys: dict[str, object] = field(
        factory=dict, metadata=says("The keys of forwarding that it has.", derived=True)
    )
