"""Put what was measured into a page: C{python -m bench.page RESULTS.jsonl [PAGE.md]}.

Without a page it prints the blocks of Markdown, each after a line with its name.  In a page it
replaces what stands between C{<!-- bench: NAME -->} and C{<!-- end -->}.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from pathlib import Path

from bench.results import read_results

_BLOCK = re.compile(r"(<!-- bench: (?P<name>[\w-]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def fill(page: str, blocks: Mapping[str, str]) -> str:
    """The page with its blocks anew; one that was not measured stays as it is."""

    def anew(found: re.Match[str]) -> str:
        block = blocks.get(found["name"])
        return found[0] if block is None else f"{found[1]}\n{block}\n{found[3]}"

    return _BLOCK.sub(anew, page)


def main(arguments: list[str]) -> int:
    if len(arguments) not in (1, 2):
        print(__doc__, file=sys.stderr)
        return 64
    with Path(arguments[0]).open(encoding="utf-8") as file:
        blocks = read_results(file).blocks()
    if len(arguments) == 1:
        for name, block in blocks.items():
            print(f"<!-- bench: {name} -->\n\n{block}\n<!-- end -->\n")
        return 0
    page = Path(arguments[1])
    page.write_text(fill(page.read_text(encoding="utf-8"), blocks), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
