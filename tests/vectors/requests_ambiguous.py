"""All request vectors, by family."""

from __future__ import annotations

from tests.vectors.chunks import EXTENSIONS, LINE_ENDS, SIZES, TRAILERS
from tests.vectors.framing import CODINGS, LENGTHS
from tests.vectors.heads import FIELDS, HOSTS, LINES, UPGRADES
from tests.vectors.model import RequestVector

FAMILIES: dict[str, tuple[RequestVector, ...]] = {
    "coding": CODINGS,
    "length": LENGTHS,
    "chunk_size": SIZES,
    "chunk_line_end": LINE_ENDS,
    "chunk_extension": EXTENSIONS,
    "trailer": TRAILERS,
    "field": FIELDS,
    "line": LINES,
    "host": HOSTS,
    "upgrade": UPGRADES,
}
