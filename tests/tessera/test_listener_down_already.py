"""Writes at members that were down before they were asked: the last resort."""

from __future__ import annotations

from typing import Any

from tests.served_party import ServedCase, ServedParty
from tests.tessera.test_listener_writes import FOR_EVER, SEND, TO_THEM


class LastResortTests(ServedCase):
    """Nobody else is there, and then it falls silent."""

    def at_the_last_resort(self, **settings: Any) -> ServedParty:
        """C{b} is dead, C{a} has lost its database, and hangs with a write in its hands."""
        party = self.serve(serve=("q2t",), **settings)
        party.net.advance(2)
        party.kill("b")
        party.nodes["a"].faults.database_dead = True
        party.net.advance(2)
        member = party.member("a", "q2t")
        self.assertEqual((member.health.down, member.asleep), (True, False))
        party.hang("a")
        self.client = party.client(SEND, "q2t")
        self.assertEqual(member.in_flight, 1)
        return party

    def test_falls_silent(self) -> None:
        """The write goes on at the next one that is there, however long its client waits."""
        for keys in ("", FOR_EVER):
            party = self.at_the_last_resort(keys=keys)
            party.revive("b")
            party.net.advance(3)
            told = party.response(self.client)
            assert told is not None, keys
            self.assertEqual((told.status, len(party.store.journal.insertions)), (201, 1))

    def test_nobody_comes(self) -> None:
        """Five seconds after it fell silent the client is told: its account is locked meanwhile."""
        party = self.at_the_last_resort(keys=FOR_EVER)
        party.net.advance(8)
        told = party.response(self.client)
        assert told is not None
        self.assertEqual(told.status, 503)

    def test_says_for_ever_that_it_knows_no_recipient(self) -> None:
        """Checks that are never good make no newcomer for ever: it is told as long after as of others."""
        wrong = 'check = { kind = "http", path = "/nothing" }'
        party = self.serve(serve=("q2t",), keys=FOR_EVER, pool=wrong)
        party.net.advance(3)
        self.assertEqual([party.member(name, "q2t").health.down for name in "ab"], [True, True])
        client = party.client(TO_THEM, "q2t")
        party.net.advance(9)
        self.assertIsNone(party.response(client))
        party.net.advance(2)
        told = party.response(client)
        assert told is not None
        self.assertEqual(told.status, 404)
