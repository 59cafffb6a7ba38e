"""The commands that ask a running process."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterable, Mapping, Sequence
from select import select
from typing import Any

from quorumha.ctl.admin_client import USUAL, AdminClient, CannotAsk, read_token
from quorumha.ctl.arguments import parser_of
from quorumha.ctl.command_steps import (
    CANNOT_ASK,
    EX_CONFIG,
    REFUSED,
    ask_to,
    complain,
    print_lines,
    quoted,
    refused,
    status_document,
    unknown,
)
from quorumha.ctl.terminal import Painter, visible, visible_lines, wants_colour
from quorumha.ctl.time_limit import at_most

#: Seconds from one look to the next.
LOOK = 1.0
#: Seconds for which a health check may take.
CHECK = 5.0
#: Seconds for which a reload may take.
LONG = 120.0
#: In place of how many clients are left: none is there, but some may come yet.
NEWCOMERS = -1


def wait(seconds: float) -> None:
    """Let time pass."""
    select((), (), (), seconds)


class Command:
    """One command line, and what it is done with."""

    def __init__(
        self,
        arguments: Namespace,
        parser: ArgumentParser,
        admin: AdminClient,
        environ: Mapping[str, str],
        waits: Callable[[float], object],
    ) -> None:
        self._arguments, self._parser, self._admin = arguments, parser, admin
        self._environ, self._wait = environ, waits

    def run(self, name: str) -> int:
        """Do it; the exit status.

        @raise CannotAsk: there is nobody who could.
        """
        commands: dict[str, Callable[[], int]] = {
            "status": self._status,
            "reload": self._reload,
            "drain": self._drain,
            "undrain": self._undrain,
            "disable": self._switch_off,
            "enable": lambda: self._switch("enable"),
            "database": self._database,
        }
        return commands[name]()

    def _database(self) -> int:
        # Here, as a health check that runs each second needs none of it; so with what shows a status.
        from quorumha.ctl.database_commands import DatabaseCommand

        paint = Painter(wants_colour(sys.stdout, self._environ))
        return DatabaseCommand(self._arguments, self._admin, paint).run()

    # Reading.

    def _status(self) -> int:
        arguments = self._arguments
        if arguments.check:
            return self._check([*arguments.pools, *([arguments.pool] if arguments.pool else ())])
        if arguments.pools:
            self._parser.error("--pool goes with --check; to show one pool, say its name alone")
        if arguments.watch:
            return self._watch()
        document = self._document()
        if not self._known(document):
            return REFUSED
        if arguments.json:
            import json

            if arguments.pool:
                document["pools"] = [one for one in document["pools"] if one["name"] == arguments.pool]
            # Control characters are written out by JSON itself.
            print_lines([json.dumps(document, indent=2)])
        else:
            print_lines(self._shown(document))
        return 0

    def _document(self) -> dict[str, Any]:
        return status_document(self._admin)

    def _known(self, document: Mapping[str, Any]) -> bool:
        """Whether the pool that shall be shown is there; else it is said."""
        wanted = self._arguments.pool
        names = [str(one["name"]) for one in document.get("pools", ())]
        if wanted is None or wanted in names:
            return True
        complain(unknown("pool", wanted, names))
        return False

    def _shown(self, document: Mapping[str, Any]) -> Iterable[str]:
        from quorumha.ctl.status_text import status_lines

        paint = Painter(wants_colour(sys.stdout, self._environ))
        return status_lines(document, paint, self._arguments.pool)

    def _watch(self) -> int:
        clear = "\x1b[H\x1b[2J" if sys.stdout.isatty() else ""
        while True:
            try:
                document = self._document()
                if not self._known(document):
                    return REFUSED
                lines = [*self._shown(document), ""]
            except CannotAsk as error:
                # It may be started again.
                lines = [f"quorumha: {visible(error)}", ""]
            print_lines([clear + "\n".join(lines)])
            self._wait(LOOK)

    def _check(self, pools: Sequence[str]) -> int:
        with at_most(CHECK):
            response = self._admin.ask("GET", "/readyz", [("pool", pool) for pool in pools], timeout=CHECK)
        if response.status == 200 and response.body.strip() == b"ready":
            print_lines(["ready"])
            return 0
        if response.status == 200:
            raise CannotAsk(f"{self._admin.where}: what responds is not the admin of quorumha")
        if response.status != 503:
            raise CannotAsk(f"{self._admin.where}: {response.sentence}")
        reasons = [line for line in response.sentence.splitlines() if line.strip()]
        print_lines([f"not ready: {visible('; '.join(reasons))}"])
        return 1

    # Changing.

    def _reload(self) -> int:
        dry_run = self._arguments.dry_run
        response = ask_to(self._admin, "reload", [("dry_run", "1")] if dry_run else (), LONG)
        if not response.done and response.status != 422:
            return refused(response.sentence)
        said = response.document
        if not said.get("taken"):
            for problem in said.get("problems") or ["refused"]:
                # It has the line of the file below it, and where in it.
                print("\n".join(visible_lines(problem)), file=sys.stderr)
            return EX_CONFIG
        changes = [visible(change) for change in said.get("changes", ())]
        print_lines(changes or ["nothing would change" if dry_run else "nothing changed"])
        return 0

    def _switch_off(self) -> int:
        return self._switch("disable", [("force", "1")] if self._arguments.force else ())

    def _switch(self, what: str, query: Iterable[tuple[str, str]] = ()) -> int:
        pool, member = self._arguments.pool, self._arguments.member
        path = f"pools/{quoted(pool)}/upstreams/{quoted(member)}/{what}"
        response = ask_to(self._admin, path, query)
        if not response.done:
            return refused(response.sentence)
        said = response.document
        left = int(said.get("left") or 0)
        rest = f"; {left} requests and connections are left" if left and what != "enable" else ""
        print_lines([f"{visible(pool)}: {visible(member)} is {visible(said.get('state', what))}{rest}"])
        return 0

    def _drain(self) -> int:
        arguments = self._arguments
        if arguments.pool is None:
            if arguments.within or arguments.force:
                self._parser.error("--within and --force go with POOL NAME")
            response = ask_to(self._admin, "drain")
            if not response.done:
                return refused(response.sentence)
            response.require_document()
            print_lines(["drains: it is not ready, and takes no new clients after drain_delay"])
            return self._wait_for(self._clients_left) if arguments.wait else 0
        if arguments.member is None:
            self._parser.error("say POOL and NAME of a member, or neither to drain the process")
        query = [("within", arguments.within)] if arguments.within else []
        status = self._switch("drain", [*query, *([("force", "1")] if arguments.force else ())])
        return self._wait_for(self._member_left) if arguments.wait and not status else status

    def _undrain(self) -> int:
        response = ask_to(self._admin, "undrain")
        if not response.done:
            return refused(response.sentence)
        response.require_document()
        print_lines(["takes clients"])
        return 0

    def _wait_for(self, left: Callable[[Mapping[str, Any]], int | None]) -> int:
        """Come back when nothing is left.

        @param left: how many; L{NEWCOMERS}: some may come yet; None: it was taken back meanwhile.
        """
        before = None
        while (count := left(self._document())) != 0:
            if count is None:
                complain("it was taken back meanwhile")
                return REFUSED
            if count != before:
                many = count != NEWCOMERS
                print_lines([f"{count} left" if many else "newcomers are taken until drain_delay is over"])
                before = count
            self._wait(LOOK)
        print_lines(["nothing is left"])
        return 0

    def _clients_left(self, document: Mapping[str, Any]) -> int | None:
        if not document.get("draining"):
            return None
        count = sum(int(one.get("open") or 0) for one in document.get("listeners", ()))
        return count if document.get("drained", True) else count or NEWCOMERS

    def _member_left(self, document: Mapping[str, Any]) -> int | None:
        for pool in document.get("pools", ()):
            for one in pool.get("members", ()):
                if (pool["name"], one["name"]) == (self._arguments.pool, self._arguments.member):
                    return None if one.get("enabled") else int(one.get("in_flight") or 0)
        return 0


def run_command(
    words: Sequence[str],
    environ: Mapping[str, str] | None = None,
    waits: Callable[[float], object] = wait,
) -> int:
    """Do what a command line says, whose first word is the command; the exit status.

    @raise SystemExit: the command line is wrong, or asks for help.
    """
    environ = os.environ if environ is None else environ
    name = words[0]
    parser = parser_of(name)
    arguments = parser.parse_args(words[1:])
    try:
        token = None if arguments.token_file is None else read_token(arguments.token_file)
        admin = AdminClient(arguments.admin or environ.get("QUORUMHA_ADMIN") or USUAL, token)
    except ValueError as error:
        parser.error(f"--admin: {error}")
    except CannotAsk as error:
        complain(str(error))
        return CANNOT_ASK
    try:
        return Command(arguments, parser, admin, environ, waits).run(name)
    except CannotAsk as error:
        complain(str(error))
        return CANNOT_ASK
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader, such as head, has seen enough; Python must not write the rest when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
