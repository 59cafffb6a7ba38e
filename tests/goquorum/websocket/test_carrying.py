"""One subscription at one member: fills that do not come to an end as they should."""

from __future__ import annotations

from quorumha.testing.goquorum.rpc_error import RpcError
from tests.goquorum.websocket.test_subscribed import Subscribing


class CarryingTests(Subscribing):
    """The member says otherwise than it might."""

    def resumed(self, *replies: object) -> None:
        """A client that missed three blocks, whose next member says this to who asks for them."""
        self.serve("monotonic = false")
        self.client = self.open()
        self.id = self.subscribe(self.client, "newHeads")
        gone = self.holder()
        self.other = next(n for n in self.proxy.quorums.values() if n is not gone)
        said = list(replies)

        def reply(params: object) -> object:
            found = said.pop(0) if len(said) > 1 else said[0]
            if isinstance(found, RpcError):
                raise found
            return found

        self.other.replies["eth_getHeaderByNumber"] = reply
        self.other.lag = 0.0
        self.member(self.other.name).enabled = False
        self.proxy.kill(gone.name)
        self.mine(3)
        self.member(self.other.name).enabled = True
        self.said(self.client, 0.5)

    def test_what_a_member_does_not_show_yet_is_asked_for_again(self) -> None:
        """It says soon."""
        self.resumed(None)
        self.assertEqual(self.numbers(self.client, self.id), [])
        self.mine()
        del self.other.replies["eth_getHeaderByNumber"]
        self.said(self.client, 0.2)
        self.assertEqual(self.numbers(self.client, self.id), [1, 2, 3, 4])

    def test_what_no_member_shows_1013(self) -> None:
        """It is not hidden that heads are missing."""
        self.resumed(RpcError(-32601, "the method eth_getHeaderByNumber does not exist/is not available"))
        self.said(self.client, 6.0)
        self.assertEqual(self.client.closed, 1013)
        self.assertIn("no member shows", self.client.close_reason)

    def test_a_client_that_leaves_during_a_fill(self) -> None:
        """Nothing is left of it."""
        self.resumed(None)
        self.client.abort()
        self.said(self.client, 0.5)
        self.assertEqual(self.member(self.other.name).in_flight, 0)
