"""What simulated Tessera nodes say to applications, and on every port."""

from __future__ import annotations

import json

from quorumha.testing.tessera.state import OWN_KEY
from tests.testing.tessera_pair import SEND, Pair, text_of


class ThirdPartyTests(Pair):
    def test_keys(self) -> None:
        said = json.loads(self.ask("third0", "GET /keys").body)
        self.assertEqual(said, {"keys": [{"key": text_of(OWN_KEY)}]})

    def test_raw_payloads_are_stored_but_not_sent(self) -> None:
        self.assertEqual(self.status("third0", "POST /storeraw", SEND), 200)
        self.assertEqual((len(self.store.raws), len(self.store.transactions)), (1, 0))
        self.assertEqual(self.status("third0", "POST /send", SEND), 404)

    def test_every_port_says_who_it_is(self) -> None:
        for port in ("q2t0", "p2p0", "third0"):
            bodies = [self.ask(port, f"GET /{path}").body for path in ("upcheck", "version", "version/api")]
            self.assertEqual(bodies, [b"I'm up!", b"20.10.1-SNAPSHOT", b'["1.0","2.0"]'])
