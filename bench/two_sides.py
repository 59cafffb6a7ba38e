"""L{two_sides}: what C{bench.before_after} and C{bench.instructions} have stand beside each other.

Two checkouts that serve the same, or two kinds of listener of this one.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from attrs import frozen

from bench.processes import ROOT


@frozen
class Side:
    """A service.

    @ivar checkout: whose it is.
    @ivar serve: what its listener serves.
    """

    name: str
    checkout: Path
    serve: str


def add_sides(parser: argparse.ArgumentParser) -> None:
    """Let a command line say what stands beside each other."""
    parser.add_argument("before", type=Path, nargs="?", help="the other checkout")
    parser.add_argument(
        "--serve", default="http", help="what the listener serves (%(default)s); alone: beside http"
    )


def two_sides(
    parser: argparse.ArgumentParser, arguments: Sequence[str]
) -> tuple[argparse.Namespace, Side, Side]:
    """Read a command line.

    @return: all that it says; what is compared with, and what is compared.
    """
    chosen = parser.parse_args(arguments)
    serve: str = chosen.serve
    if chosen.before is not None:
        return chosen, Side("before", chosen.before.resolve(), serve), Side("after", ROOT, serve)
    if serve == "http":
        parser.error("either another checkout or something else than http to serve")
    return chosen, Side("http", ROOT, "http"), Side(serve, ROOT, serve)
