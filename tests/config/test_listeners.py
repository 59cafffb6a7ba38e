"""Tests for L{quorumha.config.listeners}."""

from __future__ import annotations

from tests.config.told import POOL, ToldTestCase


class ListenerTests(ToldTestCase):
    """C{[listeners.NAME]} and its routes."""

    def test_keys_beside_a_wrong_serve(self) -> None:
        """They are not said to mean nothing with another one, which nobody wrote."""
        self.check(
            f'{POOL}[listeners.l]\nlisten = "tcp:1"\npool = "a"\nserve = "goquorum"\ndeny = ["eth_*"]\n',
            "q.toml:6:1 listeners.l.serve: 'goquorum' is not one of",
        )

    def test_listeners(self) -> None:
        """The keys of a listener."""
        for keys, told in [
            ('listen = "tcp:1"', "3:12 listeners.l: has neither `pool` nor `routes`"),
            ('pool = "a"', "3:12 listeners.l: lacks `listen`"),
            ('listen = "unix:@x"\npool = "a"', "4:1 listeners.l.listen: an abstract socket name"),
            ('listen = "tcp:1"\npool = "a"\nbalance = "x"', "6:1 listeners.l.balance: unknown key"),
            ('listen = "tcp:1"\npool = "a"\nstop_timeout = 1', "6:1 listeners.l.stop_timeout: unknown key"),
            (
                'listen = "tcp:1"\npool = "a"\nforwarded = "on"',
                "6:1 listeners.l.forwarded: 'on' is not one of",
            ),
            (
                'listen = "tcp:1"\npool = "a"\nnext_upstream = ["099"]',
                "6:18 listeners.l.next_upstream[0]: '099'",
            ),
            (
                'listen = "tcp:1"\npool = "a"\nnext_upstream = ["600"]',
                "6:18 listeners.l.next_upstream[0]: '600'",
            ),
            (
                'listen = "tcp:1"\npool = "a"\nnext_upstream = [404]',
                '6:18 listeners.l.next_upstream[0]: 404 is a number; write "404"',
            ),
            (
                'listen = "tcp:1"\npool = "a"\nnext_upstream = ["http_404"]',
                "6:18 listeners.l.next_upstream[0]: 'http_404' is nginx's word; did you mean '404'?",
            ),
            (
                'listen = "tcp:1"\npool = "a"\nnext_upstream = "error"',
                "6:1 listeners.l.next_upstream: must be an array in [ ], not text",
            ),
            (
                'listen = "tcp:1"\npool = "a"\nhost = "a\\r\\nb"',
                "6:1 listeners.l.host: 'a\\r\\nb' is not a host",
            ),
            (
                'listen = "tcp:1"\npool = "a"\nserve = "tcp"\nforwarded = "off"',
                '7:1 listeners.l.forwarded: means nothing with serve = "tcp"',
            ),
            (
                'listen = "tcp:1"\npool = "a"\nserve = "tcp"\nroutes = [{ path = 1 }]',
                '7:1 listeners.l.routes: means nothing with serve = "tcp"',
            ),
        ]:
            self.check(f"{POOL}[listeners.l]\n{keys}\n", f"q.toml:{told}")
