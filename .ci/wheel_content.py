"""Check what a built wheel holds: exactly the sources, the plugin, the licence.

python .ci/wheel_content.py CHECKOUT WHEEL
"""

import pathlib
import sys
import zipfile


def complaints(checkout: pathlib.Path, wheel: pathlib.Path) -> list[str]:
    """What is wrong with the wheel; nothing when all is well."""
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
        info = {name.split(".dist-info/", 1)[1] for name in archive.namelist() if ".dist-info/" in name}
    package = checkout / "quorumha"
    kinds = ("*.py", "*.pyi", "*.toml", "*.css", "*.js", "*.xml")
    wanted = {p.relative_to(checkout).as_posix() for kind in kinds for p in package.rglob(kind)}
    wanted |= {"quorumha/py.typed", "twisted/plugins/quorumha_plugin.py"}
    found = [f"{name} is missing" for name in sorted(wanted - held)]
    found += [f"{name} should not be there" for name in sorted(held - wanted)]
    # The two that would break Twisted itself have their own words.
    for name in ("twisted/__init__.py", "twisted/plugins/__init__.py"):
        if name in held or (checkout / name).exists():
            found.append(f"{name} would hide Twisted's own files")
    found += [f"{name} is missing" for name in ("licenses/LICENSE", "entry_points.txt") if name not in info]
    return found


if __name__ == "__main__":
    told = complaints(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
    print("\n".join(f"wheel: {text}" for text in told), file=sys.stderr, end="\n" if told else "")
    raise SystemExit(bool(told))
