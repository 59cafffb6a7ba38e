"""Parts for tests without sockets, and stand-ins for the nodes.

  - L{MemoryTopology}: a network in memory, on a clock that the test moves.
  - L{MemoryProxy}: a user's own configuration, served in one, with L{HttpClients} before it and simulated
    nodes behind it; pytest fixtures in L{quorumha.testing.fixtures}.
  - L{Recorder}: a client or node that keeps what it gets; L{SocketRecorder}: a WebSocket client that does.
  - L{FactRecorder}: keeps the facts that what is tested makes.
  - L{ScriptedUpstream}: an HTTP upstream that plays a script of L{Play}s and keeps what it saw;
    the plays (C{respond}, C{no_response}, C{cut_body} and so on) stand in L{quorumha.testing.http.plays}.
  - L{Reader}: a strict HTTP/1.1 reader that keeps raw bytes, for requests or answers.
  - L{SimulatedTessera} with its L{TesseraStore}, L{SimulatedGoQuorum} with its L{Chain}: nodes that
    answer as the real ones do, with L{Faults} that are switched while they run.
  - L{SimulatedNetwork} of L{SimulatedNode}s: GoQuorums with pools, nonces, gossip, raft, WebSockets; L{KEYS}
    are accounts for them, L{Transaction}s what they send, L{RpcError} what they may be told to answer.
  - L{ReplicatedStore}: a node's own copy of a store, which lags; L{Journal}: who made which row.
  - L{SimulatedGeth}: GoQuorum as a client of Tessera, which may exit; L{RemoteParty}: another party's
    Tessera, which posts party info, pushes, and drops whom it cannot reach.
  - L{SimulatedCluster} of L{SimulatedDatabase}s, each with its Patroni: promoted and demoted by the test;
    L{DatabaseClient}: writes rows, and keeps which were acknowledged.

All of them are public, and work in users' own tests as they do in quorumha's.
"""

from __future__ import annotations

from quorumha.testing.fact_recorder import FactRecorder
from quorumha.testing.goquorum.geth import SimulatedGeth
from quorumha.testing.goquorum.geth_calls import TesseraRefused
from quorumha.testing.goquorum.geth_process import GethGone
from quorumha.testing.goquorum.key_store import KEYS
from quorumha.testing.goquorum.node_port import on_calls
from quorumha.testing.goquorum.plain_methods import Chain
from quorumha.testing.goquorum.rpc_error import RpcError
from quorumha.testing.goquorum.simulated_goquorum import SimulatedGoQuorum
from quorumha.testing.goquorum.simulated_network import SimulatedNetwork
from quorumha.testing.goquorum.simulated_node import SimulatedNode
from quorumha.testing.goquorum.transaction import Transaction
from quorumha.testing.http.caller_connection import CallFailed
from quorumha.testing.http.faults import Faults, on_methods, on_paths
from quorumha.testing.http.message_reader import BadMessage, Message, Reader
from quorumha.testing.http.plays import Play
from quorumha.testing.http.recording import Recorder
from quorumha.testing.http.scripted import ScriptedUpstream
from quorumha.testing.http.scripted_connection import ScriptedConnection
from quorumha.testing.http_clients import HttpClients, http_request, responses
from quorumha.testing.memory_proxy import MemoryProxy
from quorumha.testing.net.memory import MemoryTopology
from quorumha.testing.net.memory_transport import MemoryTransport
from quorumha.testing.net.turns import NeverQuiet
from quorumha.testing.postgresql.database_client import DatabaseClient
from quorumha.testing.postgresql.simulated_cluster import SimulatedCluster
from quorumha.testing.postgresql.simulated_database import SimulatedDatabase
from quorumha.testing.socket_recorder import SocketRecorder
from quorumha.testing.tessera.journal import Insertion, Journal
from quorumha.testing.tessera.remote_party import PushFailed, RemoteParty
from quorumha.testing.tessera.replica import ReplicatedStore
from quorumha.testing.tessera.simulated_tessera import SimulatedTessera
from quorumha.testing.tessera.store import TesseraStore

__all__ = [
    "KEYS",
    "BadMessage",
    "CallFailed",
    "Chain",
    "DatabaseClient",
    "FactRecorder",
    "Faults",
    "GethGone",
    "HttpClients",
    "Insertion",
    "Journal",
    "MemoryProxy",
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
    "RpcError",
    "ScriptedConnection",
    "ScriptedUpstream",
    "SimulatedCluster",
    "SimulatedDatabase",
    "SimulatedGeth",
    "SimulatedGoQuorum",
    "SimulatedNetwork",
    "SimulatedNode",
    "SimulatedTessera",
    "SocketRecorder",
    "TesseraRefused",
    "TesseraStore",
    "Transaction",
    "http_request",
    "on_calls",
    "on_methods",
    "on_paths",
    "responses",
]
