"""What may stand behind the commands that ask a running process."""

from __future__ import annotations

import argparse
from typing import NoReturn

from quorumha.ctl.admin_client import USUAL
from quorumha.ctl.main import ASKING, EX_USAGE


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """End with one line and the status of a wrong command line."""
        self.exit(EX_USAGE, f"{self.prog}: {message}; see `{self.prog} --help`\n")


def parser_of(command: str) -> argparse.ArgumentParser:
    """The parser for what stands behind a command."""
    parser = _Parser(prog=f"quorumha {command}", description=ASKING[command], allow_abbrev=False)
    {
        "status": _status,
        "reload": _reload,
        "drain": _drain,
        "undrain": lambda parser: None,
        "disable": _disable,
        "enable": _member,
        "database": _database,
    }[command](parser)
    _admin(parser)
    return parser


def _admin(parser: argparse.ArgumentParser, **how: str) -> None:
    parser.add_argument(
        "--admin",
        metavar="ADDRESS",
        **how,  # type: ignore[arg-type]  # a default
        help="unix:PATH or http://HOST:PORT of its admin; unless given, what QUORUMHA_ADMIN says, else "
        + USUAL,
    )
    parser.add_argument(
        "--token-file",
        metavar="FILE",
        **how,  # type: ignore[arg-type]  # likewise
        help="a file with the admin's token, where it wants one",
    )


def _status(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("pool", nargs="?", metavar="POOL", help="show only this pool")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--json", action="store_true", help="print the whole document")
    how.add_argument("--watch", action="store_true", help="show it anew each second")
    how.add_argument(
        "--check",
        action="store_true",
        help="print one line; exit status 0: ready, 1: not, 3: it cannot be asked",
    )
    parser.add_argument(
        "--pool",
        action="append",
        default=[],
        dest="pools",
        metavar="NAME",
        help="with --check: this pool has a member that can be used, too; may be repeated",
    )


def _reload(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--dry-run", action="store_true", help="only say what it would change")


def _member(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("pool", metavar="POOL")
    parser.add_argument("member", metavar="NAME", help="as `quorumha status` shows it")


def _disable(parser: argparse.ArgumentParser) -> None:
    _member(parser)
    _force(parser)


def _force(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--force", action="store_true", help="also if nobody in the pool would respond then")


def _drain(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("pool", nargs="?", metavar="POOL")
    parser.add_argument(
        "member", nargs="?", metavar="NAME", help="drain this member; the process unless given"
    )
    parser.add_argument(
        "--within", metavar="TIME", help="end a member's relayed connections by then; 30s unless given"
    )
    _force(parser)
    parser.add_argument("--wait", action="store_true", help="come back when nothing is left")


def _database(parser: argparse.ArgumentParser) -> None:
    words = parser.add_subparsers(dest="word", metavar="WORD", required=True)

    def word(name: str, does: str) -> argparse.ArgumentParser:
        return words.add_parser(name, help=does, description=f"{does.capitalize()}.", allow_abbrev=False)

    status = word("status", "show what each database says that it is, and which one is written to")
    status.add_argument("pool", nargs="?", metavar="POOL", help="show only this pool")
    use = word("use", "decide which database is written to, where several claim it")
    use.add_argument("member", metavar="NAME", help="as `quorumha database status` shows it")
    forget = word("forget", "forget which database was written to: it is another one now")
    for one in (use, forget):
        one.add_argument("--pool", metavar="POOL", help="where there are several")
        one.add_argument("--yes", action="store_true", help="do it; else it is only said what it would do")
    for one in (status, use, forget):
        # What stands before the word holds, where nothing stands behind it.
        _admin(one, default=argparse.SUPPRESS)
