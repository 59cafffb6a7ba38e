"""Two services beside each other: what a change costs, whatever else the machine does meanwhile.

C{python -m bench.before_after OTHER_CHECKOUT} runs this checkout and another one with the same interpreter
before the same upstreams, in turn, and prints CPU for each keep-alive POST and the ratio of each round.

With C{--serve goquorum-rpc} the request is a JSON-RPC read through such a listener.  Without another checkout
it stands beside the same request through C{serve = "http"}, both of this one.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from bench.arms import Wanted, quorumha_config, twistd_command
from bench.figures import figure, percentile
from bench.load_http import small_posts
from bench.processes import Child, free_port
from bench.two_sides import Side, add_sides, two_sides
from bench.upstreams import HttpUpstream


def _start(side: Side, upstream: HttpUpstream, directory: Path) -> tuple[Child, int]:
    """A service, at a port of its own."""
    directory.mkdir()
    port = free_port()
    config = directory / "quorumha.toml"
    wanted = Wanted("http", tuple(upstream.ports), serve=side.serve)
    # Nothing but the listener differs: else each kind would choose a check of its own.
    config.write_text(quorumha_config(wanted, port, 'check = "connect"'))
    child = Child(
        ["sh", "-c", 'cd "$0"; exec "$@"', str(side.checkout), *twistd_command(config)],
        directory / "quorumha.log",
        {"PYTHONPATH": str(side.checkout)},
    )
    child.wait_listening(("127.0.0.1", port))
    return child, port


def compare(sides: Sequence[Side], rounds: int, seconds: float) -> dict[str, list[float]]:
    """Let the services take turns.

    @return: for each, microseconds of CPU for one request, round by round; a first round warms up.
    """
    found: dict[str, list[float]] = {side.name: [] for side in sides}
    with tempfile.TemporaryDirectory(prefix="quorumha-bench-") as temporary:
        directory = Path(temporary)
        upstream = HttpUpstream(directory / "upstream", addresses=2)
        running = {}
        try:
            for side in sides:
                running[side.name] = _start(side, upstream, directory / side.name)
            for number in range(rounds + 1):
                for name, (child, port) in running.items():
                    before = child.cpu_seconds()
                    load = small_posts(port, seconds if number else 1, 16, False, directory)
                    if number:
                        found[name].append((child.cpu_seconds() - before) / load.units * 1e6)
        finally:
            for child, _ in running.values():
                child.stop()
            upstream.child.stop()
    return found


def table(found: dict[str, list[float]]) -> str:
    """The figures in words: CPU of each, and the ratio of the last to the first."""
    lines = [f"{name}: {figure(values)} us of CPU for each request" for name, values in found.items()]
    first, *_, last = found.values()
    ratios = figure([new / old for old, new in zip(first, last, strict=True)])
    # Where others use the processors, too, the rounds that were disturbed least say most.
    old, new = (percentile(sorted(values), 0.25) for values in (first, last))
    lines.append(f"ratio: {ratios.middle:.3f} ({ratios.low:.3f} to {ratios.high:.3f})")
    return "\n".join([*lines, f"lower quartiles: {old:.1f} and {new:.1f}, ratio {new / old:.3f}"])


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m bench.before_after", description=__doc__)
    add_sides(parser)
    parser.add_argument("--repeat", type=int, default=9, help="rounds (%(default)s)")
    parser.add_argument(
        "--seconds", type=float, default=3.0, help="of each turn, in whole seconds (%(default)s)"
    )
    chosen, *sides = two_sides(parser, sys.argv[1:])
    print(table(compare(sides, chosen.repeat, chosen.seconds)))


if __name__ == "__main__":
    main()
