"""The project's pages of Markdown, and the code blocks in them."""

from __future__ import annotations

import re
from pathlib import Path

from attrs import frozen

ROOT = Path(__file__).parent.parent

_BLOCK = re.compile(r"^```(?P<info>[^\n]*)\n(?P<text>.*?)^```[ \t]*$", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"\]\(([^)\s]+)\)")


@frozen
class Block:
    """One fenced code block.

    @ivar page: its page, relative to the checkout.
    @ivar line: number of its first line of code.
    @ivar language: the first word after the fence.
    """

    page: str
    line: int
    language: str
    text: str

    @property
    def place(self) -> str:
        """For messages, and for file names of what is compiled."""
        return f"{self.page}:{self.line}"


def pages() -> list[Path]:
    """README and all of docs/, without what a build of the documentation made."""
    found = [p for p in (ROOT / "docs").rglob("*.md") if "_build" not in p.parts]
    return [ROOT / "README.md", *sorted(found)]


def blocks(*languages: str) -> list[Block]:
    """The code blocks of all pages in these languages."""
    found = []
    for page in pages():
        text = page.read_text(encoding="utf-8")
        for match in _BLOCK.finditer(text):
            language = match["info"].split(" ")[0]
            if language in languages:
                line = text.count("\n", 0, match.start()) + 2
                found.append(Block(str(page.relative_to(ROOT)), line, language, match["text"]))
    return found


#: What the configuration reference begins with.
STARTING_EXAMPLE = next(b.text for b in blocks("toml") if b.page.endswith("reference/configuration.md"))


def links(page: Path) -> list[str]:
    """The targets of a page's links to other files, without what follows a C{#}."""
    text = _BLOCK.sub("", page.read_text(encoding="utf-8"))
    targets = (target.partition("#")[0] for target in _LINK.findall(text))
    return [t for t in targets if t and "://" not in t]
