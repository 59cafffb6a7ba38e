"""The demo's configuration, as a user would write it."""

from __future__ import annotations

import json
from collections.abc import Sequence

from attrs import frozen

_TEXT = """\
[pools.quorum]
upstreams = [{quorum}]
balance = "primary-first"

[pools.tessera-q2t]
upstreams = [{q2t}]

[pools.tessera-third-party]
upstreams = [{third_party}]

[pools.tessera-p2p]
upstreams = [{p2p}]

[listeners.rpc]
listen = "tcp:0:interface=127.0.0.1"
serve = "tcp"
pool = "quorum"

[listeners.q2t]
listen = {socket}
serve = "tessera-q2t"
pool = "tessera-q2t"

[listeners.third-party]
listen = "tcp:0:interface=127.0.0.1"
serve = "tessera-thirdparty"
pool = "tessera-third-party"

[listeners.p2p]
listen = "tcp:0:interface=127.0.0.1"
serve = "tessera-p2p"
pool = "tessera-p2p"
"""


@frozen
class Ports:
    """Where the nodes listen, one number a node."""

    quorum: Sequence[int]
    q2t: Sequence[int]
    third_party: Sequence[int]
    p2p: Sequence[int]


def demo_toml(ports: Ports, socket: str) -> str:
    """The configuration.

    @param socket: path of the unix socket for GoQuorum.
    """

    def upstreams(scheme: str, numbers: Sequence[int]) -> str:
        # A second is long enough to see a node put aside, and short enough to see it back.
        return ", ".join(
            f'{{ endpoint = "{scheme}127.0.0.1:{number}", fail_timeout = 1 }}' for number in numbers
        )

    return _TEXT.format(
        quorum=upstreams("tcp:", ports.quorum),
        q2t=upstreams("http://", ports.q2t),
        third_party=upstreams("http://", ports.third_party),
        p2p=upstreams("http://", ports.p2p),
        # Quoted as JSON quotes, which TOML reads too.
        socket=json.dumps(f"unix:{socket}:mode=600"),
    )
