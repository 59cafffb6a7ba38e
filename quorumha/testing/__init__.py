"""Parts for tests without sockets, and stand-ins for the nodes.

  - L{MemoryTopology}: a network in memory, on a clock that the test moves.
  - L{Recorder}: a client or node that keeps what it gets.

All of them are public, and work in users' own tests as they do in quorumha's.
"""

from __future__ import annotations

from quorumha.testing.memory import MemoryTopology
from quorumha.testing.recording import Recorder
from quorumha.testing.transport import MemoryTransport
from quorumha.testing.turns import NeverQuiet

__all__ = ["MemoryTopology", "MemoryTransport", "NeverQuiet", "Recorder"]
