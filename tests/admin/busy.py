"""A proxy in memory to which everything has happened that is counted."""

from __future__ import annotations

from functools import cache

from quorumha.testing import MemoryProxy, http_request
from quorumha.testing.http.plays import respond
from tests.admin.seen import scrape

CONFIG = """
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

[listeners.q2t]
listen = "tcp:9101"
serve = "tessera-q2t"
pool = "tessera"
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
"""


def busy_proxy() -> MemoryProxy:
    """It has served, failed over, refused, and lost a member.  End it with C{stop}."""
    proxy = MemoryProxy(CONFIG)
    proxy.simulate()
    proxy.start()
    proxy.net.advance(5)
    for _ in range(4):
        proxy.ask(http_request(b"GET", b"/"), "web", within=5)
        proxy.ask(http_request(b"GET", b"/upcheck"), "q2t", within=5)
        proxy.ask(http_request(b"GET", b"/partyinfo"), "p2p", within=5)
        proxy.ask(http_request(b"POST", b"/", b"{}"), "relay", within=5)
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
    # What takes long to bring about here: that it is counted, the tests of its own place say.
    numbers = proxy.service.numbers["q2t"]
    for counted in (numbers.hedges, numbers.outcomes_resolved):
        if not counted:
            counted["first" if counted is numbers.hedges else "POST /send"] = 1
    if not numbers.own:
        numbers.own[503] = 1
    member = proxy.service.pools["tessera"].members[0].numbers
    member.checked_at = member.checked_at or 1_700_000_000.0
    proxy.service.process_numbers.certificates.setdefault("/etc/quorumha/tls.pem", 1_900_000_000.0)
    return proxy


@cache
def busy_scrape() -> str:
    """What Prometheus gets of it."""
    proxy = busy_proxy()
    try:
        return scrape(proxy)
    finally:
        proxy.stop()
