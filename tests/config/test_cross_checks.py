"""Tests for L{quorumha.config.cross_checks}."""

from __future__ import annotations

from tests.config.told import LISTENER, POOL, ToldTestCase


class WholeTests(ToldTestCase):
    """What only the whole shows."""

    def test_addresses_twice(self) -> None:
        """No two listeners can have one address."""
        for one, other, collide in [
            ("tcp:80", "tcp:80", True),
            ("tcp:80", "tcp:80:interface=127.0.0.1", True),
            ("tcp:80:interface=127.0.0.1", "tcp:80:interface=127.0.0.2", False),
            ("tcp:0", "tcp:0", False),
            ("unix:/a:mode=600", "unix:/b/../a", True),
            ("unix:/a", "unix:/b", False),
            ("tcp:80", "tcp6:80", False),
            ("tcp:80", "haproxy:tcp:80", True),
            ("systemd:domain=INET:name=a", "haproxy:systemd:name=a:domain=INET", True),
            ("systemd:domain=INET:name=a", "systemd:domain=INET:name=b", False),
            ("systemd:domain=INET:name=a", "tcp:80", False),
        ]:
            text = f'{POOL}[listeners.x]\nlisten = "{one}"\npool = "a"\n'
            text += f'[listeners.y]\nlisten = "{other}"\npool = "a"\n'
            if collide:
                self.check(
                    text, f"q.toml:7:1 listeners.y.listen: '{other}' is the address of listeners.x too"
                )
            else:
                self.check(text)

    def test_relative_unix_paths(self) -> None:
        """Found only from one directory; said of both sides."""
        listening = '[listeners.l]\nlisten = "unix:{}tm.ipc:mode=600"\npool = "a"\n'
        pool = '[pools.a]\nupstreams = ["unix:{}t.ipc"]\n'
        self.warns(pool.format("/run/") + listening.format("/run/"))
        self.warns(
            pool.format("") + listening.format("./"),
            "q.toml:2:14 pools.a.upstreams[0]: 'unix:t.ipc' is looked for in the directory",
            "q.toml:4:1 listeners.l.listen: 'unix:./tm.ipc:mode=600' is looked for in the directory that "
            "quorumha is run in; write the path from the root\n",
        )

    def test_unused(self) -> None:
        """A pool that nobody uses."""
        unused = '[pools.b]\nupstreams = ["tcp:h:1"]\n'
        self.warns(
            POOL + unused + LISTENER, "q.toml:3:8 pools.b: no listener uses this pool\n    [pools.b]\n"
        )
        self.warns(POOL + unused + LISTENER + 'routes = [{ path = "/", mirror = "b" }]\n')
