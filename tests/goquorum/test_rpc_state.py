"""What a listener knows over changes of its configuration."""

from __future__ import annotations

from tests.goquorum.served_rpc import CONFIG, ServedRpc

MEMBERS = ", ".join(f'{{ name = "a{n}", endpoint = "http://10.0.0.2{n}:8545" }}' for n in (1, 2))
OTHER = 'upstreams = [{ name = "b1", endpoint = "http://10.0.0.31:8545" }]\n'


class RpcStateTests(ServedRpc):
    """It stays, and follows what is configured now."""

    def test_what_clients_have_seen_outlives_a_change(self) -> None:
        """And so does who waits."""
        self.serve()
        state = self.proxy.service.parts["rpc"].state
        state.floors.of(b"127.0.0.1").raise_to(7)
        self.proxy.apply(CONFIG % (MEMBERS, "", "memory = 5\nwaiting_requests = 3"))
        after = self.proxy.service.parts["rpc"].state
        self.assertIs(after.floors, state.floors)
        self.assertIs(after.waiting_room, state.waiting_room)
        self.assertEqual((state.floors.of(b"127.0.0.1").height, state.floors.most), (7, 5))
        self.assertEqual(state.waiting_room.count, 3)

    def test_of_another_pool_nothing_is_known(self) -> None:
        """Its chain is another one, and who answered a client last is none of its members."""
        self.serve()
        self.call("eth_syncing")
        state = self.proxy.service.parts["rpc"].state
        (seen,) = state.floors._values.values()
        self.assertIsNotNone(seen.member)
        state.origins.note(b"https://app", [(b"Vary", b"Origin")])
        other = CONFIG.replace('pool = "quorum"', 'pool = "other"') + "[pools.other]\n" + OTHER
        self.proxy.apply(other % (MEMBERS, "", ""))
        self.proxy.simulate()
        self.proxy.net.advance(2.0)
        after = self.proxy.service.parts["rpc"].state
        self.assertEqual((len(after.floors), len(after.origins)), (0, 0))
        self.assertIs(after.waiting_room, state.waiting_room)
        before = len(self.node("b1").seen["eth_syncing"])
        self.call("eth_syncing")
        self.assertEqual(len(self.node("b1").seen["eth_syncing"]), before + 1)

    def test_a_call_that_waits_is_answered_after_a_change(self) -> None:
        """By a member that came up meanwhile."""
        self.serve()
        for name in ("a1", "a2"):
            self.proxy.kill(name)
        self.proxy.net.advance(2.0)
        client = self.send("eth_chainId")
        self.proxy.apply(CONFIG % (MEMBERS, "", "memory = 5"))
        self.proxy.net.advance(0.5)
        self.assertIsNone(self.got(client))
        self.proxy.revive("a1")
        self.proxy.net.advance(1.5)
        got = self.got(client)
        assert got is not None
        self.assertEqual(got.status, 200)
