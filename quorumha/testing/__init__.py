"""Parts for tests without sockets, and stand-ins for the nodes.

  - L{MemoryTopology}: a network in memory, on a clock that the test moves.
  - L{Recorder}: a client or node that keeps what it gets.
  - L{ScriptedUpstream}: an HTTP upstream that plays a script of L{Play}s and keeps what it saw;
    the plays (C{answer}, C{no_answer}, C{cut_body} and so on) stand in L{quorumha.testing.plays}.
  - L{Reader}: a strict HTTP/1.1 reader that keeps raw bytes, for requests or answers.
  - L{SimulatedTessera} with its L{TesseraStore}, L{SimulatedGoQuorum} with its L{Chain}: nodes that
    answer as the real ones do, with L{Faults} that are switched while they run.
  - L{ReplicatedStore}: a node's own copy of a store, which lags; L{Journal}: who made which row.
  - L{SimulatedGeth}: GoQuorum as a client of Tessera, which may exit; L{RemoteParty}: another party's
    Tessera, which posts party info, pushes, and drops whom it cannot reach.

All of them are public, and work in users' own tests as they do in quorumha's.
"""

from __future__ import annotations

from quorumha.testing.caller_connection import CallFailed
from quorumha.testing.faults import Faults, on_methods, on_paths
from quorumha.testing.geth import SimulatedGeth
from quorumha.testing.geth_calls import TesseraRefused
from quorumha.testing.geth_process import GethGone
from quorumha.testing.goquorum import SimulatedGoQuorum
from quorumha.testing.goquorum_methods import Chain
from quorumha.testing.memory import MemoryTopology
from quorumha.testing.plays import Play
from quorumha.testing.reading import BadMessage, Message, Reader
from quorumha.testing.recording import Recorder
from quorumha.testing.remote_party import PushFailed, RemoteParty
from quorumha.testing.scripted import ScriptedConnection, ScriptedUpstream
from quorumha.testing.tessera import SimulatedTessera
from quorumha.testing.tessera_journal import Insertion, Journal
from quorumha.testing.tessera_replica import ReplicatedStore
from quorumha.testing.tessera_store import TesseraStore
from quorumha.testing.transport import MemoryTransport
from quorumha.testing.turns import NeverQuiet

__all__ = [
    "BadMessage",
    "CallFailed",
    "Chain",
    "Faults",
    "GethGone",
    "Insertion",
    "Journal",
    "MemoryTopology",
    "MemoryTransport",
    "Message",
    "NeverQuiet",
    "Play",
    "PushFailed",
    "Reader",
    "Recorder",
    "RemoteParty",
    "ReplicatedStore",
    "ScriptedConnection",
    "ScriptedUpstream",
    "SimulatedGeth",
    "SimulatedGoQuorum",
    "SimulatedTessera",
    "TesseraRefused",
    "TesseraStore",
    "on_methods",
    "on_paths",
]
