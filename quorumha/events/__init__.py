"""Facts: what happened, each a frozen value made once; and L{Observers}, who are told of it.

A fact is made where a request ends for its client, or where a thing changes.  Its keys are fixed and hold
plain values: no sentences, and nothing of payloads, keys or headers.
"""

from quorumha.events.member_facts import (
    ConnectionsEnded,
    Lack,
    MemberChanged,
    MemberChecked,
    PartyInfoCaughtUp,
    PartyInfoDrift,
)
from quorumha.events.observers import (
    Observer,
    Observers,
)
from quorumha.events.process_facts import (
    ConnectionsCut,
    DrainChanged,
    Listening,
    NotListening,
    ReloadRefused,
    ReloadTaken,
    Started,
    StateNotKept,
    WordsLost,
)
from quorumha.events.request_facts import (
    ConnectionDone,
    Full,
    Origin,
    Orphan,
    Refused,
    RequestDone,
    Waiting,
    WaitingOver,
)

__all__ = [
    "ConnectionDone",
    "ConnectionsCut",
    "ConnectionsEnded",
    "DrainChanged",
    "Full",
    "Lack",
    "Listening",
    "MemberChanged",
    "MemberChecked",
    "NotListening",
    "Observer",
    "Observers",
    "Origin",
    "Orphan",
    "PartyInfoCaughtUp",
    "PartyInfoDrift",
    "Refused",
    "ReloadRefused",
    "ReloadTaken",
    "RequestDone",
    "Started",
    "StateNotKept",
    "Waiting",
    "WaitingOver",
    "WordsLost",
]
