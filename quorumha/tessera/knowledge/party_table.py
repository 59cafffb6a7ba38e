"""The tables of known parties that Tesseras keep in memory, each its own, and how they differ.  Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping

from attrs import frozen


@frozen
class PartyTable:
    """What a member answered to C{GET /partyinfo}.

    @ivar own: the URL it says it has; of a pair behind a proxy, the proxy's.
    @ivar keys: the public keys found at each URL that it knows, its own URL left out; none where it knows
        only the URL, as from its configuration.
    """

    own: str
    keys: Mapping[str, frozenset[str]]

    def knows(self, url: str) -> bool:
        """Whether it can send to the party there."""
        return bool(self.keys.get(plain_url(url)))


def plain_url(url: str) -> str:
    """Without the slash that some write at its end."""
    return url.rstrip("/")


def parse_party_table(body: bytes) -> PartyTable | None:
    """From C{{"url": ..., "peers": [{"url": ...}], "keys": [{"key": ..., "url": ...}]}}; None: it is none."""
    try:
        found = json.loads(body)
        own = plain_url(_text(found["url"]))
        urls = [plain_url(_text(one["url"])) for one in found["peers"]]
        pairs = [(plain_url(_text(one["url"])), _text(one["key"])) for one in found["keys"]]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    keys: dict[str, set[str]] = {url: set() for url in urls}
    for url, key in pairs:
        keys.setdefault(url, set()).add(key)
    keys.pop(own, None)
    return PartyTable(own, {url: frozenset(some) for url, some in keys.items()})


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def lacking(tables: Mapping[str, PartyTable]) -> dict[str, frozenset[str]]:
    """The URLs that each member lacks, or lacks keys of, while another one knows them.

    @param tables: by the member's name; of those that answered.
    """
    own = {table.own for table in tables.values()}
    known: dict[str, frozenset[str]] = {}
    for table in tables.values():
        for url, keys in table.keys.items():
            if url not in own:
                known[url] = known.get(url, frozenset()) | keys
    return {
        name: frozenset(url for url, keys in known.items() if keys - table.keys.get(url, frozenset()))
        for name, table in tables.items()
    }
