"""How the documentation is built: sphinx-build -W -b html docs docs/_build/html"""

import configparser
import pathlib
import sys

ROOT = pathlib.Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

_metadata = configparser.ConfigParser(interpolation=None)
_metadata.read(ROOT / "setup.cfg", encoding="utf-8")

project = "quorumha"
author = "the quorumha authors"
copyright = author
release = version = _metadata["metadata"]["version"]

extensions = ["myst_parser"]
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = f"quorumha {release}"
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
nitpicky = True
# Pages are text alone: nothing is fetched from elsewhere when they are read.
html_show_sphinx = False
