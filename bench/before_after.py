"""Two checkouts beside each other: what a change costs, whatever else the machine does meanwhile.

C{python -m bench.before_after OTHER_CHECKOUT} runs this checkout and another one with the same interpreter
before the same upstreams, in turn, and prints CPU for each keep-alive POST and the ratio of each round.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from bench.arms import Wanted, quorumha_config, twistd_command
from bench.figures import figure, percentile
from bench.load_http import small_posts
from bench.processes import ROOT, Child, free_port
from bench.upstreams import HttpUpstream


def _start(checkout: Path, upstream: HttpUpstream, directory: Path) -> tuple[Child, int]:
    """The service of a checkout, at a port of its own."""
    directory.mkdir()
    port = free_port()
    config = directory / "quorumha.toml"
    config.write_text(quorumha_config(Wanted("http", tuple(upstream.ports)), port))
    child = Child(
        ["sh", "-c", 'cd "$0"; exec "$@"', str(checkout), *twistd_command(config)],
        directory / "quorumha.log",
        {"PYTHONPATH": str(checkout)},
    )
    child.wait_listening(("127.0.0.1", port))
    return child, port


def compare(checkouts: dict[str, Path], rounds: int, seconds: float) -> dict[str, list[float]]:
    """Let the checkouts take turns.

    @return: for each, microseconds of CPU for one request, round by round; a first round warms up.
    """
    found: dict[str, list[float]] = {name: [] for name in checkouts}
    with tempfile.TemporaryDirectory(prefix="quorumha-bench-") as temporary:
        directory = Path(temporary)
        upstream = HttpUpstream(directory / "upstream", addresses=2)
        running = {}
        try:
            for name, checkout in checkouts.items():
                running[name] = _start(checkout, upstream, directory / name)
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
    parser.add_argument("before", type=Path, help="the other checkout")
    parser.add_argument("--repeat", type=int, default=9, help="rounds (%(default)s)")
    parser.add_argument(
        "--seconds", type=float, default=3.0, help="of each turn, in whole seconds (%(default)s)"
    )
    chosen = parser.parse_args(sys.argv[1:])
    checkouts = {"before": chosen.before.resolve(), "after": ROOT}
    print(table(compare(checkouts, chosen.repeat, chosen.seconds)))


if __name__ == "__main__":
    main()
