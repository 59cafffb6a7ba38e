"""The twisted.web arm: C{ReverseProxyResource} for HTTP, C{portforward} for TCP.

C{python -m bench.twisted_arm http|tcp PORT UPSTREAM_PORT}.
"""

from __future__ import annotations

import sys


def main(kind: str, port: int, upstream_port: int) -> None:
    from twisted.internet import reactor
    from twisted.protocols.portforward import ProxyFactory
    from twisted.web.proxy import ReverseProxyResource
    from twisted.web.server import Site

    if kind == "http":
        factory = Site(ReverseProxyResource("127.0.0.1", upstream_port, b""))
    else:
        factory = ProxyFactory("127.0.0.1", upstream_port)
    factory.noisy = False
    reactor.listenTCP(port, factory, backlog=4096, interface="127.0.0.1")
    reactor.run()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
