"""All messages, by family."""

from __future__ import annotations

from tests.vectors.jsonrpc.entries import BATCHES, DEPTH, IDS, NO_CALL, SILENT
from tests.vectors.jsonrpc.envelopes import CASE, NO_JSON, TWICE, WRITTEN_ANEW
from tests.vectors.jsonrpc.model import MessageVector

FAMILIES: dict[str, tuple[MessageVector, ...]] = {
    "case": CASE,
    "twice": TWICE,
    "written_anew": WRITTEN_ANEW,
    "no_json": NO_JSON,
    "no_call": NO_CALL,
    "id": IDS,
    "silent": SILENT,
    "batch": BATCHES,
    "depth": DEPTH,
}
