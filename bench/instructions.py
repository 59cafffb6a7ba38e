"""Two services beside each other: how many instructions a keep-alive POST costs, the kernel's apart.

C{python -m bench.instructions OTHER_CHECKOUT} runs the service of each checkout under C{valgrind
--tool=cachegrind}, once for few requests and once for many: what lies between, divided by the requests
between, is the cost of one, without start and end.  CPU time moves with what else the machine does; this
moves by less than a hundredth.

With C{--serve goquorum-rpc} the request is a JSON-RPC read through such a listener.  Without another checkout
it stands beside the same request through C{serve = "http"}, both of this one.
"""

from __future__ import annotations

import argparse
import shutil
import socket
import sys
import tempfile
from pathlib import Path

from bench.arms import Wanted, quorumha_config, twistd_command
from bench.crowd import Message, post
from bench.processes import Child, NotStarted, free_port
from bench.two_sides import Side, add_sides, two_sides
from bench.upstreams import HttpUpstream

#: Kept connections, each with one request under way.
CONNECTIONS = 16
#: Requests on each of them: in the run that is taken off, and in the other one.
FEW, MANY = 100, 700
#: Seconds: the service is fifty times slower so.
LATE = 300.0


def instructions(report: str) -> int:
    """All that a report of cachegrind has counted."""
    return int(report.rsplit("summary:", 1)[1].split()[0])


def _ask(port: int, message: Message, times: int) -> None:
    """Send on all connections, wait for all responses, and so on."""
    clients = [socket.create_connection(("127.0.0.1", port), timeout=LATE) for _ in range(CONNECTIONS)]
    try:
        for _ in range(times):
            for client in clients:
                client.sendall(message.next())
            for client in clients:
                got = b""
                while not got.endswith(message.ending):
                    got += (piece := client.recv(65536))
                    if not piece:
                        raise NotStarted(f"no response, but {got!r}")
    finally:
        for client in clients:
            client.close()


def _count(side: Side, upstream: HttpUpstream, directory: Path, times: int) -> int:
    """The instructions of a service that lives for so many requests on each connection."""
    directory.mkdir()
    port, config, report = free_port(), directory / "quorumha.toml", directory / "report"
    # Checks come by the clock, and fewer requests come between two than usual.
    wanted = Wanted("http", tuple(upstream.ports), serve=side.serve)
    config.write_text(quorumha_config(wanted, port, pool='check = "off"'))
    counting = ["valgrind", "--tool=cachegrind", "--cache-sim=no", f"--cachegrind-out-file={report}"]
    child = Child(
        ["sh", "-c", 'cd "$0"; exec "$@"', str(side.checkout), *counting, *twistd_command(config)],
        directory / "quorumha.log",
        {"PYTHONPATH": str(side.checkout), "PYTHONHASHSEED": "0"},
    )
    try:
        child.wait_listening(("127.0.0.1", port), LATE)
        _ask(port, post(), times)
    finally:
        child.stop(limit=LATE)
    return instructions(report.read_text())


def cost(side: Side, upstream: HttpUpstream, directory: Path) -> float:
    """Instructions of one request.

    @param directory: one that is not there yet.
    """
    directory.mkdir()
    few, many = (_count(side, upstream, directory / str(times), times) for times in (FEW, MANY))
    return (many - few) / ((MANY - FEW) * CONNECTIONS)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m bench.instructions", description=__doc__)
    add_sides(parser)
    _, *sides = two_sides(parser, sys.argv[1:])
    if shutil.which("valgrind") is None:
        raise NotStarted("valgrind is not installed")
    with tempfile.TemporaryDirectory(prefix="quorumha-bench-") as temporary:
        directory = Path(temporary)
        upstream = HttpUpstream(directory / "upstream", addresses=2)
        try:
            old, new = (cost(side, upstream, directory / side.name) for side in sides)
        finally:
            upstream.child.stop()
    for side, found in zip(sides, (old, new), strict=True):
        print(f"{side.name}: {found:,.0f} instructions for each request")
    print(f"ratio: {new / old:.3f}")


if __name__ == "__main__":
    main()
