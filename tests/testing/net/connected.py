"""L{Connection}: two recorders that are connected in memory."""

from __future__ import annotations

from twisted.internet.protocol import Factory

from quorumha.testing import MemoryTopology, Recorder

#: Where the one listens.
PLACE = "a:9101"


class Connection:
    """Two recorders that are connected."""

    def __init__(self, net: MemoryTopology, half_close: bool = False) -> None:
        self.net = net
        self.node = Recorder.half_closing() if half_close else Recorder()
        net.listen(PLACE, Factory.forProtocol(lambda: self.node))
        self.client = net.connect(PLACE, half_close=half_close)
        net.run()
