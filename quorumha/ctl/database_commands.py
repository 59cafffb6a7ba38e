"""C{quorumha database}: which database is written to, and an operator's word on it."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from quorumha.ctl.admin_client import AdminClient, AdminResponse, CannotAsk
from quorumha.ctl.command_steps import ask_to, print_lines, quoted, refused, status_document, unknown
from quorumha.ctl.database_text import database_lines, databases, writer_sentence
from quorumha.ctl.terminal import Painter, visible

#: What to do where no process has what is to be forgotten.
OFFLINE = (
    "; where no process runs, remove the file GROUP.writer.json from its `state_directory` instead (GROUP is"
    " the pool's `writer_group`; the pool's name unless that is given)"
)


class Refused(Exception):
    """It cannot be done; the text says why."""


class DatabaseCommand:
    """One command line, and what it is done with."""

    def __init__(self, arguments: Namespace, admin: AdminClient, paint: Painter) -> None:
        self._arguments, self._admin, self._paint = arguments, admin, paint

    def run(self) -> int:
        """Do it; the exit status.

        @raise CannotAsk: there is nobody who could.
        """
        word = {"status": self._status, "use": self._use, "forget": self._forget}[self._arguments.word]
        try:
            return word()
        except Refused as error:
            return refused(str(error))

    def _status(self) -> int:
        document = status_document(self._admin)
        self._pools(document)
        print_lines(database_lines(document, self._paint, self._arguments.pool))
        return 0

    def _use(self) -> int:
        name = self._arguments.member
        document = status_document(self._admin)
        pool = self._pool(document, name)
        if not self._arguments.yes:
            member = next(one for one in pool["members"] if one["name"] == name)
            timeline = f", on timeline {member['timeline']}," if member.get("timeline") else ""
            left = self._sessions(document, pool, name)
            return self._would(
                f"{visible(pool['name'])}: {visible(name)} would be written to{timeline} and what others have"
                f" that it lacks be given up; {left} sessions of others would be ended"
            )
        path = f"pools/{quoted(pool['name'])}/upstreams/{quoted(name)}/use"
        return self._done(ask_to(self._admin, path), pool["name"])

    def _forget(self) -> int:
        try:
            document = status_document(self._admin)
        except CannotAsk as error:
            raise CannotAsk(f"{error}{OFFLINE}") from None
        pool = self._pool(document)
        if not self._arguments.yes:
            left = self._sessions(document, pool)
            return self._would(
                f"{visible(pool['name'])}: which database was written to, and its timeline, would be"
                f" forgotten; {left} sessions would be ended, and the one primary that there is be written to"
            )
        return self._done(ask_to(self._admin, f"pools/{quoted(pool['name'])}/writer/forget"), pool["name"])

    def _would(self, what: str) -> int:
        return refused(f"{what}. Nothing was done: say --yes")

    def _done(self, response: AdminResponse, pool: str) -> int:
        if not response.done:
            return refused(response.sentence)
        print_lines([f"{visible(pool)}: {writer_sentence(response.document, self._paint)}"])
        return 0

    def _pools(self, document: dict[str, Any]) -> list[dict[str, Any]]:
        """Those that are meant.

        @raise Refused: there is none.
        """
        found, wanted = databases(document), self._arguments.pool
        if wanted is not None and wanted not in [str(one["name"]) for one in document.get("pools", ())]:
            raise Refused(unknown("pool", wanted, [str(one["name"]) for one in found]))
        if wanted is not None:
            found = [one for one in found if one["name"] == wanted]
        if not found:
            where = "there is no pool" if wanted is None else f"{wanted!r} is no pool"
            raise Refused(f"{where} of which one member alone is written to")
        return found

    def _pool(self, document: dict[str, Any], member: str | None = None) -> dict[str, Any]:
        """The one that is meant, of those with that member; of one group any, as they have one decision.

        @raise Refused: there is none, or it is not known which.
        """
        pools = self._pools(document)
        if member is not None:
            names = {str(one["name"]): None for pool in pools for one in pool["members"]}
            if member not in names:
                raise Refused(unknown("member", member, list(names)))
            pools = [pool for pool in pools if member in [one["name"] for one in pool["members"]]]
        if len({one["writer"]["group"] for one in pools}) > 1:
            raise Refused(f"say --pool: there are {', '.join(str(one['name']) for one in pools)}")
        return pools[0]

    def _sessions(self, document: dict[str, Any], pool: dict[str, Any], kept: str | None = None) -> int:
        """How many the members have in all pools of the group, without those of one."""
        group = pool["writer"]["group"]
        return sum(
            int(member.get("in_flight") or 0)
            for one in databases(document)
            if one["writer"]["group"] == group
            for member in one["members"]
            if member["name"] != kept
        )
