"""Recovery through a whole configuration: jobs of hours, and batches for the member that asked."""

from __future__ import annotations

import json

from twisted.logger import capturedLogs

from quorumha.testing import on_paths
from quorumha.testing.tessera.payloads import Payload
from quorumha.testing.tessera.state import OWN_KEY, key_text
from tests.served_party import JSON, ServedCase, ServedParty, request

OTHER = b"o" * 32
HOUR = 3600.0


def asked(kind: str, key: bytes = b"") -> bytes:
    """A C{/resend} body."""
    said = {"type": kind, "publicKey": key_text(OTHER), "key": key_text(key) if key else None}
    return json.dumps(said).encode()


RESEND_ALL = request(b"POST", b"/resend", asked("ALL"), JSON)
RESEND_BATCH = request(
    b"POST", b"/resendBatch", json.dumps({"publicKey": key_text(OTHER), "batchSize": 100}).encode(), JSON
)


def batch(*payloads: Payload) -> bytes:
    """A C{/pushBatch} request."""
    body = json.dumps({"encodedPayloads": [key_text(one.encode()) for one in payloads]}).encode()
    return request(b"POST", b"/pushBatch", body, JSON)


class JobTests(ServedCase):
    """C{/resendBatch} and C{/resend} with C{ALL}."""

    jobs = ((b"/resend", RESEND_ALL), (b"/resendBatch", RESEND_BATCH))

    def test_may_take_hours(self) -> None:
        """No short time limit ends them, and health checks mind nothing."""
        for path, job in self.jobs:
            # Less often, so that hours pass quickly.
            party = self.serve(keys="party_info_interval = 0", pool='check = { interval = "60s" }')
            for node in party.nodes.values():
                node.faults.only = on_paths("/resend")
                node.faults.lag = 2 * HOUR
            client = party.client(job)
            party.net.advance(2 * HOUR - 1)
            self.assertIsNone(party.response(client))
            party.net.advance(2)
            answer = party.response(client)
            assert answer is not None
            self.assertEqual(answer.status, 200)
            self.assertEqual([len(party.seen(name, path)) for name in "ab"].count(1), 1)
            now = party.net.clock.seconds()
            self.assertTrue(all(party.member(name).usable(now) for name in "ab"))

    def test_never_repeated(self) -> None:
        """The member dies a minute later: the other one is not asked, and the client hears."""
        for path, job in self.jobs:
            for fault in ("kill", "kill", "hang"):
                party = self.serve(keys="party_info_interval = 0", pool='check = { interval = "5s" }')
                for node in party.nodes.values():
                    node.faults.only = on_paths("/resend")
                    node.faults.hang = True
                client = party.client(job)
                (name,) = [name for name in "ab" if party.seen(name, path)]
                party.net.advance(60)
                getattr(party, fault)(name)
                party.net.advance(60)
                self.assertEqual(sum(len(party.seen(name, path)) for name in "ab"), 1)
                answer = party.response(client)
                if fault == "kill":
                    assert answer is not None
                    self.assertEqual(answer.status, 502)
                else:
                    # Nobody can tell a hang from a long job.
                    self.assertIsNone(answer)
                    client.close()
                    party.net.run()

    def test_a_client_that_leaves(self) -> None:
        """It waited for an hour and stops waiting: that says nothing against the member."""
        for _, job in self.jobs:
            party = self.serve(keys="party_info_interval = 0", pool='check = { interval = "60s" }')
            for node in party.nodes.values():
                node.faults.only = on_paths("/resend")
                node.faults.lag = 2 * HOUR
            client = party.client(job)
            party.net.advance(HOUR)
            with capturedLogs() as logs:
                client.close()
                party.net.run()
            now = party.net.clock.seconds()
            self.assertTrue(all(party.member(name).usable(now) for name in "ab"))
            self.assertEqual([log["event"] for log in logs if "event" in log], [])

    def test_refused_connection_asks_the_other(self) -> None:
        """Nothing was sent."""
        for _, job in self.jobs:
            for dead in "ab":
                party = self.serve()
                party.kill(dead)
                self.assertEqual(party.ask(job).status, 200)


class IndividualTests(ServedCase):
    """C{/resend} with C{INDIVIDUAL} is a read."""

    def ask_for_one(self, fault: str, away: str) -> None:
        party = self.serve()
        one = Payload.seal(b"private", OTHER, [OWN_KEY], b"1")
        party.store.insert(one)
        getattr(party, fault)(away)
        answer = party.ask(request(b"POST", b"/resend", asked("INDIVIDUAL", one.hash), JSON), within=3.7)
        self.assertEqual((answer.status, answer.body), (200, one.encode()))

    def test_any_member(self) -> None:
        for fault in ("kill", "hang"):
            for away in "ab":
                self.ask_for_one(fault, away)

    def test_database_of_one_is_gone(self) -> None:
        party = self.serve()
        one = Payload.seal(b"private", OTHER, [OWN_KEY], b"1")
        party.store.insert(one)
        party.nodes["a"].faults.database_dead = True
        for _ in range(2):
            answer = party.ask(request(b"POST", b"/resend", asked("INDIVIDUAL", one.hash), JSON))
            self.assertEqual(answer.status, 200)


class PushBatchTests(ServedCase):
    """C{/pushBatch} goes to the member that asked for it."""

    def recovering(self, name: str = "b") -> ServedParty:
        party = self.serve("abc", keys="party_info_interval = 0")
        party.nodes[name].restart(recover=True)
        return party

    def test_to_the_member_that_asked(self) -> None:
        """Found once, asked first from then on; no batch reaches anybody twice."""
        for name in "abc":
            party = self.recovering(name)
            rows = [Payload.seal(b"private", OTHER, [OWN_KEY], b"%d" % n) for n in range(6)]
            for at in range(0, 6, 2):
                self.assertEqual(party.ask(batch(*rows[at : at + 2])).status, 200)
            self.assertEqual(len(party.seen(name, b"/pushBatch")), 3)
            for other in set("abc") - {name}:
                self.assertLessEqual(len(party.seen(other, b"/pushBatch")), 1)
            self.assertEqual(set(party.store.transactions), {row.hash for row in rows})

    def test_a_large_batch(self) -> None:
        """Larger than what is kept for other calls (8 MiB)."""
        party = self.recovering()
        large = Payload.seal(bytes(7 * 1024 * 1024), OTHER, [OWN_KEY], b"1")
        self.assertEqual(party.ask(batch(large)).status, 200)
        self.assertEqual(list(party.store.transactions), [large.hash])

    def test_another_recovers_later(self) -> None:
        party = self.recovering()
        one, two = (Payload.seal(b"private", OTHER, [OWN_KEY], b"%d" % n) for n in range(2))
        self.assertEqual(party.ask(batch(one)).status, 200)
        party.nodes["b"].restart()
        party.nodes["c"].restart(recover=True)
        self.assertEqual(party.ask(batch(two)).status, 200)
        self.assertIn(two.hash, party.store.transactions)

    def test_the_member_that_asked_dies_with_it(self) -> None:
        """It is not sent a second time, and no other one gets it."""
        party = self.recovering()
        rows = [Payload.seal(b"private", OTHER, [OWN_KEY], b"%d" % n) for n in range(2)]
        self.assertEqual(party.ask(batch(rows[0])).status, 200)
        faults = party.nodes["b"].faults
        faults.only = on_paths("/pushBatch")
        faults.die_before_commit = True
        before = {name: len(party.seen(name, b"/pushBatch")) for name in "abc"}
        with capturedLogs() as logs:
            self.assertEqual(party.ask(batch(rows[1])).status, 502)
        after = {name: len(party.seen(name, b"/pushBatch")) for name in "abc"}
        self.assertEqual(after, {**before, "b": before["b"] + 1})
        self.assertNotIn("private", str(logs))

    def test_nobody_recovers(self) -> None:
        """Then 404 is the answer."""
        party = self.serve()
        answer = party.ask(batch(Payload.seal(b"private", OTHER, [OWN_KEY], b"1")))
        self.assertEqual(answer.status, 404)
