"""What real nodes said on WebSockets, clients get through quorumha, but for what it says otherwise."""

from __future__ import annotations

import json

from quorumha.testing import SocketRecorder
from tests.goquorum.test_captures_served import ServedCase
from tests.testing.goquorum_captures import body_form, load
from tests.testing.test_goquorum_corpus import SocketExchanges

#: A node just ends the stream, or does not see what stands behind a message.
PARSE_ERROR = {"invalid-json", "trailing"}


class ServedSocketTests(ServedCase, SocketExchanges):
    """Every captured message, in order, at the first node behind a proxy."""

    def client(self, *fields: bytes) -> SocketRecorder:
        client = SocketRecorder.connect(self.net, self.proxy.place_of("rpc"), "/", *fields)
        self.net.run()
        return client

    def test_messages(self) -> None:
        compared = 0
        for captured in load("websocket")[:-2]:
            name, received = captured["name"], captured["received"]
            client = self.exchanged(captured)
            if name == "origin-other":
                self.assertEqual(client.status, 403)
            elif name == "too-large":
                self.assertEqual((client.closed, client.messages), (1009, []))
            elif name in PARSE_ERROR:
                self.assertEqual(json.loads(client.messages[0])["error"]["code"], -32700, name)
                self.assertIsNone(client.how_it_ended, name)
            else:
                # Answers may come in any order.
                self.assertEqual(
                    sorted(map(str, map(body_form, client.messages))),
                    sorted(map(str, map(body_form, received))),
                    name,
                )
            compared += 1
        self.assertGreater(compared, 15)
