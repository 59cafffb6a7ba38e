"""The types that keys of a configuration have: what L{quorumha.config.values} reads.

Times are seconds and sizes are bytes; 0 means no limit.
"""

from typing import Annotated, Literal

#: A time in seconds; in a file also "250ms".
Seconds = Annotated[float, "time"]
#: A size in bytes; in a file also "64KiB".
Size = Annotated[int, "size"]
#: A whole number, 0 or more.
Count = Annotated[int, "count"]
#: A whole number, 1 or more.
Weight = Annotated[int, "weight"]
#: "error", "timeout", or a status as "404".
Condition = Annotated[str, "condition"]
#: The path of a request, from its first slash.
UrlPath = Annotated[str, "path"]
#: The value of a Host field.
Authority = Annotated[str, "authority"]
#: The name of a file.
FileName = Annotated[str, "file"]

Balance = Literal["round-robin", "least-connections", "primary-first"]
Serve = Literal["http", "tcp", "tessera-q2t", "tessera-p2p", "tessera-thirdparty"]
Match = Literal["prefix", "exact"]
Forwarded = Literal["replace", "append", "off"]
Store = Literal["shared", "replicated"]
OnDown = Literal["keep", "close"]
CheckKind = Literal["auto", "connect", "http", "tessera", "off"]
#: A status of HTTP.
Status = Annotated[int, "status"]
#: As L{quorumha.tessera.knowledge.calls.CallClass}.
TreatAs = Literal[
    "read",
    "lookup",
    "start-up",
    "new",
    "signed",
    "delete",
    "push",
    "once",
    "job",
    "push-batch",
    "resend",
    "party-info",
]
#: A time in seconds; also "none".
Patience = Annotated[float, "time or `none`"]
#: A version of Tessera's API.
ApiVersion = Annotated[str, "version"]
#: An HTTP method, or "*".
Method = Annotated[str, "method"]


def says(description: str, **more: object) -> dict[str, object]:
    return {"description": description, **more}
