"""Subscribing over HTTP."""

from __future__ import annotations

from tests.goquorum.served_rpc import ServedRpc


class SubscribeCallsTests(ServedRpc):
    """As a node responds to it; no member is asked."""

    def test_over_http(self) -> None:
        """Both of them."""
        self.serve("monotonic = false")
        said = self.call("eth_subscribe", "newHeads")["error"]
        self.assertEqual((said["code"], said["message"]), (-32000, "notifications not supported"))
        said = self.call("eth_unsubscribe", "0x1")["error"]
        self.assertEqual((said["code"], said["message"]), (-32000, "subscription not found"))
        self.assertEqual(sum(self.asked("eth_subscribe").values()), 0)
