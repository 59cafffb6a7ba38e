"""Tests for L{quorumha.admin.config_document}."""

from __future__ import annotations

import json
from typing import Any

from attrs import evolve, frozen
from twisted.trial.unittest import SynchronousTestCase

from quorumha.admin.config_document import config_document
from quorumha.app.kinds import parse_config
from quorumha.config.values import setting
from tests.documents import STARTING_EXAMPLE


class ConfigTests(SynchronousTestCase):
    """A configuration as a document."""

    def document(self, text: str) -> Any:
        """Through JSON and back."""
        return json.loads(json.dumps(config_document(parse_config(text, "q.toml", {}))))

    def test_example(self) -> None:
        """Keys stand where they stand in the file, also those of kinds and those that were not written."""
        found = self.document(STARTING_EXAMPLE)
        self.assertEqual(found["stop_timeout"], 5.0)
        self.assertEqual(found["pools"]["quorum"]["upstreams"][0]["endpoint"], "tcp:10.0.0.21:22000")
        self.assertEqual(found["pools"]["quorum"]["check"]["interval"], 0.4)
        listener = found["listeners"]["q2t"]
        self.assertEqual((listener["serve"], listener["pool"]), ("http", "tessera-q2t"))
        self.assertEqual(listener["next_upstream"], ["error", "timeout", "404"])
        self.assertEqual(found["listeners"]["p2p"]["routes"][0]["path"], "/partyinfo")

    def test_check(self) -> None:
        """The keys of a check's kind, too."""
        text = (
            '[pools.a]\nupstreams = ["tcp:h:1"]\ncheck = { kind = "http", path = "/up" }\n'
            '[listeners.l]\nlisten = "tcp:1"\npool = "a"\n'
        )
        self.assertEqual(self.document(text)["pools"]["a"]["check"]["path"], "/up")

    def test_secrets(self) -> None:
        """A key that is called so is masked, also one of a kind of somebody's own; names of files stay."""

        @frozen
        class Settings:
            api_token: str = setting("x", "A token.")
            PASSWORD: str | None = setting("y", "A password.")
            no_secret: str | None = setting(None, "None.")
            token_file: str = setting("/t", "A file.")
            url: str = setting("http://u:p@h", "A URL.")

        config = parse_config(STARTING_EXAMPLE, "q.toml", {})
        listener = evolve(config.listeners["rpc"], settings=Settings())
        found = config_document(evolve(config, listeners={"rpc": listener}))["listeners"]["rpc"]
        keys = ("api_token", "PASSWORD", "no_secret", "token_file", "url")
        self.assertEqual([found[key] for key in keys], ["***", "***", None, "/t", "http://***@h"])
