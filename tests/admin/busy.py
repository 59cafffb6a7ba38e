"""A proxy in memory to which everything has happened that is counted."""

from __future__ import annotations

from functools import cache, partial
from tempfile import TemporaryDirectory

from quorumha.testing import MemoryProxy, http_request, on_paths
from quorumha.testing.http.plays import respond
from tests.admin.seen import scrape
from tests.endpoints.papers import Papers

JSON = b"Content-Type: application/json"
CONFIG = """
state_directory = "/var/lib/quorumha"
[pools.tessera]
upstreams = ["http://10.0.0.1:9101", "http://10.0.0.2:9101"]
[pools.p2p]
upstreams = ["http://10.0.0.1:9001", "http://10.0.0.2:9001"]
[pools.nodes]
upstreams = ["tcp:10.0.0.11:22000", "tcp:10.0.0.12:22000"]
[pools.web]
upstreams = ["http://10.0.0.21:80", "http://10.0.0.22:80"]
[pools.copies]
upstreams = ["http://10.0.0.31:80"]
[pools.db]
upstreams = ["tcp:10.0.0.41:5432", "tcp:10.0.0.42:5432"]
check = "patroni"
other_proxies = ["http://10.0.9.9:9901"]

[listeners.db]
listen = "tcp:5432"
serve = "postgresql"
pool = "db"
[listeners.q2t]
listen = "tcp:9101"
serve = "tessera-q2t"
pool = "tessera"
hedge = "100ms"
[listeners.p2p]
listen = "tcp:9001"
serve = "tessera-p2p"
pool = "p2p"
[listeners.relay]
listen = "tcp:22000"
serve = "tcp"
pool = "nodes"
[listeners.web]
listen = "tcp:80"
serve = "http"
routes = [{ path = "/", pool = "web", mirror = "copies" }]
[listeners.safe]
listen = "tcp:443"
serve = "http"
pool = "web"
"""


def _tessera(proxy: MemoryProxy) -> None:
    """A read is hedged, and a member dies with a write that another one knows of."""
    sent = proxy.ask(
        http_request(b"POST", b"/send", b'{"payload": "aGVsbG8=", "to": []}', JSON), "q2t", within=5
    )
    where = sent.get(b"location")
    assert where is not None, sent
    target = where[where.index(b"/transaction") :]
    slow = next(iter(proxy.tesseras))
    proxy.hang(slow)
    for _ in range(2):
        proxy.ask(http_request(b"GET", target), "q2t", within=5)
    proxy.revive(slow)
    proxy.net.advance(5)

    def dies(name: str) -> None:
        for node in proxy.tesseras.values():
            node.faults.die_after_commit = False
        proxy.kill(name)

    for name, node in proxy.tesseras.items():
        node.faults.die_after_commit, node.faults.only = True, on_paths("/transaction")
        node.faults.on_death = partial(dies, name)
    proxy.ask(http_request(b"DELETE", target), "q2t", within=5)
    for name in proxy.tesseras:
        proxy.revive(name)
    proxy.net.advance(5)


def busy_proxy(folder: str) -> MemoryProxy:
    """It has served, failed over, refused, and lost a member.  End it with C{stop}.

    @param folder: for a certificate and its key.
    """
    tls = Papers(f"{folder}/papers").server()
    proxy = MemoryProxy(f'{CONFIG}tls = {{ cert = "{tls.cert}", key = "{tls.key}" }}\n')
    proxy.simulate()
    proxy.start()
    proxy.net.advance(5)
    for _ in range(4):
        proxy.ask(http_request(b"GET", b"/"), "web", within=5)
        proxy.ask(http_request(b"GET", b"/upcheck"), "q2t", within=5)
        proxy.ask(http_request(b"GET", b"/partyinfo"), "p2p", within=5)
        proxy.ask(http_request(b"POST", b"/", b"{}"), "relay", within=5)
    _tessera(proxy)
    for name in proxy.scripted:
        if name.startswith(("10.0.0.21", "10.0.0.22")):
            proxy.scripted[name].then = respond(503, b"")
    proxy.ask(http_request(b"GET", b"/"), "web", within=5)
    proxy.kill(next(iter(proxy.tesseras)))
    for _ in range(4):
        proxy.ask(http_request(b"GET", b"/upcheck"), "q2t", within=5)
    for name in proxy.places:
        if name.startswith(("10.0.0.21", "10.0.0.22")):
            proxy.kill(name)
    proxy.ask(http_request(b"GET", b"/"), "web", within=10)
    proxy.net.advance(5)
    return proxy


@cache
def busy_scrape() -> str:
    """What Prometheus gets of it."""
    with TemporaryDirectory() as folder:
        proxy = busy_proxy(folder)
        try:
            return scrape(proxy)
        finally:
            proxy.stop()
