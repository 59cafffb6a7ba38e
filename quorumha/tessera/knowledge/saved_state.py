"""L{SavedState}: what members said of their versions; it outlives the process where it has a file."""

from __future__ import annotations

import json
from collections.abc import Callable

from quorumha.tessera.knowledge.api_versions import as_versions

#: A text of so many letters is no answer to C{/version}.
TEXT_LIMIT = 1000


class SavedState:
    """The versions each member said, and the last text of C{/version}.

    @ivar versions: that each member said last; members that never answered are not there.
    @ivar texts: the last good answer to each path that is asked once, such as C{/version}.
    """

    def __init__(self, keep: Callable[[bytes], None] | None = None, kept: bytes = b"") -> None:
        """
        @param keep: is given what to write, whenever there is news.
        @param kept: what was written last.
        """
        self._keep = keep
        self.versions, self.texts = _parse(kept)

    def learn_versions(self, member: str, versions: frozenset[str]) -> None:
        """A member said what it can do."""
        if self.versions.get(member) != versions:
            self.versions[member] = versions
            self._notify()

    def learn_text(self, path: str, text: str) -> None:
        """A member answered C{path} with 200."""
        if self.texts.get(path) != text and len(text) < TEXT_LIMIT:
            self.texts[path] = text
            self._notify()

    def _notify(self) -> None:
        if self._keep is not None:
            versions = {name: sorted(known) for name, known in sorted(self.versions.items())}
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
