"""What is remembered of start-up answers, also over a restart of the proxy when it has a place for it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from tempfile import mkstemp

from twisted.internet.defer import Deferred
from twisted.logger import Logger

from quorumha.tessera.knowledge.api_versions import ApiVersions, as_versions

log = Logger()

#: A text of so many letters is no answer to C{/version}.
TEXT_LIMIT = 1000


class SavedState:
    """The versions each member said, and the last text of C{/version}.

    @ivar versions: see L{ApiVersions}.
    @ivar texts: the last good answer to each path that is asked once, such as C{/version}.
    """

    def __init__(self, keep: Callable[[bytes], None] | None = None, kept: bytes = b"") -> None:
        """
        @param keep: is given what to write, whenever there is news.
        @param kept: what was written last.
        """
        self._keep = keep
        versions, texts = _parse(kept)
        self.versions = ApiVersions(versions)
        self.texts: dict[str, str] = texts

    def learn_versions(self, member: str, versions: frozenset[str]) -> None:
        """A member said what it can do."""
        if self.versions.learn(member, versions):
            self._tell()

    def learn_text(self, path: str, text: str) -> None:
        """A member answered C{path} with 200."""
        if self.texts.get(path) != text and len(text) < TEXT_LIMIT:
            self.texts[path] = text
            self._tell()

    def _tell(self) -> None:
        if self._keep is not None:
            versions = {name: sorted(known) for name, known in sorted(self.versions.by_member.items())}
            self._keep(json.dumps({"versions": versions, "texts": self.texts}, indent=1).encode("utf-8"))


def _parse(kept: bytes) -> tuple[dict[str, frozenset[str]], dict[str, str]]:
    """What a file said; nothing, when any of it is not as it should be."""
    try:
        found = json.loads(kept or b"{}")
        versions = {name: as_versions(known) for name, known in found["versions"].items()}
        texts: dict[str, str] = dict(found["texts"].items())
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}, {}
    good = {name: known for name, known in versions.items() if known}
    if len(good) < len(versions) or not all(map(_is_text, texts.values())):
        return {}, {}
    return good, texts


def _is_text(text: object) -> bool:
    """Whether an answer can have been that: its bytes, a letter each."""
    return isinstance(text, str) and len(text) < TEXT_LIMIT and all(letter <= "\xff" for letter in text)


class NewestLast:
    """Writes what there is to keep, one after the other, the newest last.

    Of two under way at once the older one could come second.
    """

    def __init__(self, write: Callable[[bytes], Deferred[None]]) -> None:
        """
        @param write: that it fails is logged.
        """
        self._write = write
        self._newest: bytes | None = None
        self._writing = False

    def __call__(self, data: bytes) -> None:
        """This is the newest."""
        self._newest = data
        if not self._writing:
            self._next()

    def _next(self) -> None:
        data, self._newest = self._newest, None
        self._writing = data is not None
        if data is not None:
            writing = self._write(data)
            writing.addErrback(lambda failure: log.failure("keeping failed", failure))
            writing.addCallback(lambda _: self._next())


def read_file(path: Path) -> bytes:
    """What was kept there; empty when there is nothing."""
    try:
        # Anything else, such as a FIFO, might keep us waiting.
        return path.read_bytes() if path.is_file() else b""
    except OSError:
        return b""


def write_file(path: Path, data: bytes) -> None:
    """Write it whole or not at all, whoever else writes there.

    @raise OSError: it can't be written.
    """
    opened, new = mkstemp(dir=path.parent, prefix=f"{path.name}.")
    try:
        with open(opened, "wb") as file:
            file.write(data)
        os.replace(new, path)
    except BaseException:
        os.unlink(new)
        raise
