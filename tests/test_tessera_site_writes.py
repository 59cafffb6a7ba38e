"""Writes through a whole configuration, while members hang, die, and come back."""

from __future__ import annotations

import json

from tests.served_party import JSON, ServedCase, ServedParty, request

SEND = request(b"POST", b"/send", json.dumps({"payload": "aGVsbG8=", "to": []}).encode(), JSON)
STORE = request(b"POST", b"/storeraw", b'{"payload":"aGVsbG8="}', JSON)
READ = request(b"GET", b"/transaction/" + b"A" * 86 + b"==")
FOR_EVER = 'client_timeout = "none"'


class ForEverTests(ServedCase):
    """Clients that wait for ever, while no member is there."""

    def away(self) -> ServedParty:
        party = self.serve(serve=("q2t",), keys=FOR_EVER)
        party.net.advance(2)
        for name in "ab":
            party.kill(name)
        return party

    def test_a_write_waits_five_seconds(self) -> None:
        """Then it is told 503: its account's nonce is locked meanwhile."""
        for data in (SEND, STORE):
            party = self.away()
            client = party.client(data, "q2t")
            party.net.advance(4.9)
            self.assertIsNone(party.answer(client))
            party.net.advance(0.6)
            told = party.answer(client)
            assert told is not None
            self.assertEqual(told.status, 503)
            for name in "ab":
                party.revive(name)
            party.net.advance(10)
            self.assertEqual((party.store.transactions, party.store.raws), ({}, {}))

    def test_reads_and_start_up_wait_without_end(self) -> None:
        party = self.away()
        clients = [party.client(one, "q2t") for one in (READ, request(b"GET", b"/upcheck"))]
        party.net.advance(600)
        self.assertEqual([party.answer(client) for client in clients], [None, None])
        party.revive("a")
        party.net.advance(2)
        told = [party.answer(client) for client in clients]
        self.assertEqual([one.status for one in told if one], [404, 200])
