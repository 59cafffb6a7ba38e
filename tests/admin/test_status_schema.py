"""docs/reference/status.schema.json, held to real documents."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from quorumha.admin.running import LastReload, ReloadResult
from quorumha.pool.member_state import STATES
from quorumha.testing.http_clients import http_request
from tests.admin import status_document
from tests.admin.served import AdminCase
from tests.documents import ROOT
from tests.json_schema import faults

SCHEMA = json.loads((ROOT / "docs" / "reference" / "status.schema.json").read_text(encoding="utf-8"))


def parts(schema: Any) -> Iterator[dict[str, Any]]:
    """A schema, and all those in it."""
    yield schema
    for inner in schema.get("properties", {}).values():
        yield from parts(inner)
    for name in ("items", "additionalProperties"):
        if isinstance(schema.get(name), dict):
            yield from parts(schema[name])


class SchemaTests(AdminCase):
    """What is served is what the schema says."""

    def fits(self) -> Any:
        """The document of now has no fault."""
        found = self.document()
        self.assertEqual(list(faults(found, SCHEMA)), [])
        return found

    def test_life(self) -> None:
        """At the start, with changes, an operator's words, a reload, and while it drains."""
        self.start()
        self.fits()
        self.proxy.kill("a")
        for _ in range(3):
            self.proxy.ask(http_request(), "rpc", within=5.0)
        self.proxy.service.operations.disable("nodes", "a")
        self.proxy.service.operations.drain()
        self.proxy.service.last_reload = LastReload(1.0, ReloadResult(False, problems=("q.toml:1:1: no",)))
        found = self.fits()
        self.assertTrue(found["changes"] and found["draining"])

    def test_checks(self) -> None:
        """Of members that are checked."""
        config = self.toml().replace("[listeners.rpc]", 'check = "connect"\n[listeners.rpc]')
        self.proxy = type(self.proxy)(config, observers=self.facts.observers)
        self.proxy.simulate()
        self.start(5.0)
        self.fits()

    def test_whatever_the_page_is_tested_with(self) -> None:
        """Fits, too: the page and programs see the same."""
        self.assertEqual(list(faults(status_document.empty(), SCHEMA)), [])


class SchemaItselfTests(SynchronousTestCase):
    """The schema, and what looks at it."""

    def test_closed(self) -> None:
        """Every object names all that it has, and needs all of it, or counts by names that are not fixed."""
        objects = [one for one in parts(SCHEMA) if "object" in one.get("type", ())]
        self.assertGreater(len(objects), 10)
        for one in objects:
            if "properties" in one:
                self.assertEqual(one["required"], list(one["properties"]))
                self.assertIs(one["additionalProperties"], False)

    def test_described(self) -> None:
        """Every key has a sentence."""
        for one in parts(SCHEMA):
            for name, inner in one.get("properties", {}).items():
                self.assertTrue(inner["description"].endswith("."), name)

    def test_states(self) -> None:
        """Are those that there are."""
        pools = SCHEMA["properties"]["pools"]["items"]["properties"]
        self.assertEqual(pools["members"]["items"]["properties"]["state"]["enum"], list(STATES))

    def test_faults_are_found(self) -> None:
        """What the tests above rest on."""
        good = status_document.empty()
        reload = good["reload"]
        for bad in (
            {**good, "version": 2},
            {**good, "now": "now"},
            {**good, "now": True},
            {**good, "more": 1},
            {name: value for name, value in good.items() if name != "saved"},
            {**good, "reload": {**reload, "taken": -1}},
            {**good, "reload": {**reload, "last": {}}},
            {**good, "pools": [status_document.pool("p", status_document.member("a", "well"))]},
            {**good, "listeners": [status_document.listener("l", "http", own={"503": "x"})]},
        ):
            self.assertNotEqual(list(faults(bad, SCHEMA)), [])
        self.assertRaises(ValueError, list, faults(1, {"oneOf": []}))
