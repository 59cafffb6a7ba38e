"""The proxy's own subscription to heads at each member."""

from __future__ import annotations

from tests.goquorum.websocket.served_sockets import ServedSockets


class OwnHeadsTests(ServedSockets):
    """Heights are known before anybody asks."""

    def heights(self) -> list[int]:
        self.proxy.net.advance(0.02)
        return [self.signs(name).height for name in ("a1", "a2")]

    def mine(self) -> int:
        self.proxy.network.mine()
        return self.proxy.network.chain.height

    def subscribed(self) -> dict[str, int]:
        return self.asked("eth_subscribe")

    def test_heights_are_kept_fresh(self) -> None:
        """One on each member, which counts as nobody's request."""
        self.serve()
        self.assertEqual(self.subscribed(), {"a1": 1, "a2": 1})
        height = self.mine()
        self.assertEqual(self.heights(), [height, height])
        self.assertEqual(sum(self.asked("eth_blockNumber").values()), 0)
        self.assertEqual([self.member(name).in_flight for name in ("a1", "a2")], [0, 0])

    def test_not_without_monotonic(self) -> None:
        """Nobody wants them."""
        self.serve("monotonic = false")
        self.assertEqual(self.subscribed(), {"a1": 0, "a2": 0})

    def test_a_member_that_comes_and_goes(self) -> None:
        """It is followed again a second later."""
        self.serve()
        self.proxy.kill("a1")
        self.proxy.net.advance(3.0)
        self.proxy.revive("a1")
        self.proxy.net.advance(2.0)
        height = self.mine()
        self.assertEqual(self.heights(), [height, height])
        self.member("a1").enabled = False
        self.proxy.net.advance(0.1)
        self.mine()
        self.assertEqual(self.heights(), [height, height + 1])
        self.member("a1").enabled = True
        self.proxy.net.advance(1.1)
        height = self.mine()
        self.assertEqual(self.heights(), [height, height])

    def test_a_member_that_wants_a_token(self) -> None:
        """Its height is known by what answers say."""
        self.serve()
        self.proxy.kill("a1")
        self.proxy.net.advance(3.0)
        self.node("a1").tokens = {"t": ("*",)}
        self.proxy.revive("a1")
        self.proxy.net.advance(5.0)
        self.mine()
        before, height = self.signs("a1").height, self.heights()[1]
        self.assertLess(before, height)
        self.assertEqual(len(self.node("a1").seen["eth_subscribe"]), 2)

    def test_one_for_all_listeners_of_a_pool_and_over_a_change(self) -> None:
        """And none when the last of them is gone."""
        self.serve()
        one = self.config
        other = "[listeners.other]" + one.partition("[listeners.rpc]")[2].replace("8545", "8549")
        both = one + other
        for text in (both, one, both):
            self.proxy.apply(text)
            self.proxy.net.advance(0.5)
            self.assertEqual(self.subscribed(), {"a1": 1, "a2": 1})
            height = self.mine()
            self.assertEqual(self.heights(), [height, height])
        self.proxy.apply(one + "monotonic = false\n")
        self.proxy.net.advance(1.5)
        self.mine()
        self.assertEqual(self.heights(), [height, height])
