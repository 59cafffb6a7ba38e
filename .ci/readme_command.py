"""Print the one command that stands under a heading of README.md.

    python3 .ci/readme_command.py "Test it"

What CI runs and what the README says can so never differ.  Standard library only.
"""

import pathlib
import re
import sys


def command(readme: str, heading: str) -> str:
    """The only line of the only code block of that section."""
    section = re.search(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", readme, re.DOTALL | re.MULTILINE)
    if section is None:
        raise SystemExit(f"README.md has no heading {heading!r}")
    blocks = re.findall(r"^```[^\n]*\n(.*?)^```$", section[1], re.DOTALL | re.MULTILINE)
    if len(blocks) != 1 or len(blocks[0].strip().splitlines()) != 1:
        raise SystemExit(f"under {heading!r} there must be one code block of one line")
    return blocks[0].strip()


if __name__ == "__main__":
    text = (pathlib.Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
    print(command(text, sys.argv[1]))
