"""C{/push} through a whole configuration: one payload, one member, in order; another when it dies."""

from __future__ import annotations

from quorumha.testing import PushFailed, Recorder, RemoteParty
from quorumha.testing.tessera.payloads import Payload
from quorumha.testing.tessera.state import OWN_KEY, key_text
from tests.served_party import OCTETS, ServedCase, ServedParty, request

SENDER = b"s" * 32
PUSH = b"/push"


def payload(number: int = 0) -> Payload:
    """What another party pushes."""
    return Payload.seal(b"private", SENDER, [OWN_KEY], b"%d" % number)


def push(one: Payload) -> bytes:
    """As another party's Tessera writes it."""
    return request(b"POST", PUSH, one.encode(), OCTETS, b"Accept: text/html, */*; q=.2")


class PushCase(ServedCase):
    """What became of payloads."""

    def takers(self, party: ServedParty, one: Payload) -> list[str]:
        """The nodes that were sent it."""
        return [n for n in party.nodes for r in party.seen(n, PUSH) if r.body == one.encode()]

    def first_choice(self, party: ServedParty, one: Payload) -> str:
        """The node that gets this payload while all are well; another payload tells nothing of it."""
        trial = self.serve("".join(party.nodes))
        trial.ask(push(one))
        (name,) = self.takers(trial, one)
        return name

    def taken(self, party: ServedParty, client: Recorder, one: Payload) -> None:
        """The sender was told that it was taken, and it is there once."""
        answer = party.response(client)
        assert answer is not None
        self.assertEqual((answer.status, answer.body), (201, key_text(one.hash).encode()))
        self.assertEqual(list(party.store.transactions), [one.hash])


class AffinityTests(PushCase):
    """Pushes of one payload go to one member, in order."""

    def test_one_payload_one_member(self) -> None:
        party = self.serve("abc")
        for number in range(30):
            one = payload(number)
            for _ in range(3):
                self.assertEqual(party.ask(push(one)).status, 201)
                # A Tessera of this version does not put pushes for two keys together: the second is a 500.
                party.store.delete(one.hash)
            self.assertEqual(len(self.takers(party, one)), 3)
            self.assertEqual(len(set(self.takers(party, one))), 1)
        self.assertTrue(all(party.seen(name, PUSH) for name in "abc"), "all of them take part")

    def test_in_order(self) -> None:
        """The second waits until the first is answered; other payloads do not wait."""
        party = self.serve()
        one = payload()
        name = self.first_choice(party, one)
        party.nodes[name].faults.lag = 0.5
        clients = [party.client(push(one)) for _ in range(3)]
        for waited in (1, 2, 3):
            self.assertEqual(len(party.seen(name, PUSH)), waited)
            party.net.advance(0.5)
        statuses = [answer.status for client in clients if (answer := party.response(client))]
        self.assertEqual(statuses, [201, 500, 500])
        other = next(p for p in map(payload, range(1, 99)) if self.first_choice(party, p) != name)
        self.assertEqual(party.ask(push(other)).status, 201)


class TakingOverTests(PushCase):
    """Another member takes over when it dies, also in mid-flight."""

    def test_dead(self) -> None:
        party = self.serve()
        one = payload()
        name = self.first_choice(party, one)
        party.kill(name)
        client = party.client(push(one))
        self.taken(party, client, one)

    def test_dies_before_it_stored_it(self) -> None:
        self.dies("die_before_commit")

    def test_dies_after_it_stored_it(self) -> None:
        """The other one says "duplicate key": that is success, told with the payload's key."""
        self.dies("die_after_commit")

    def dies(self, fault: str) -> None:
        party = self.serve()
        one = payload()
        name = self.first_choice(party, one)
        faults = party.nodes[name].faults
        faults.only = lambda r: r.target == PUSH
        faults.on_death = lambda: party.kill(name)
        setattr(faults, fault, True)
        client = party.client(push(one))
        party.net.advance(0.1)
        self.taken(party, client, one)
        self.assertEqual(sorted(self.takers(party, one)), ["a", "b"])

    def test_whichever_knows_it_already(self) -> None:
        """One says "duplicate key" and one has no database, in either order: it was taken."""
        for blind in "abc":
            party = self.serve("abc")
            one = payload()
            name = self.first_choice(party, one)
            if name == blind:
                continue
            party.nodes[blind].faults.database_dead = True
            faults = party.nodes[name].faults
            faults.only = lambda r: r.target == PUSH
            faults.on_death = lambda party=party, name=name: party.kill(name)
            faults.die_after_commit = True
            client = party.client(push(one))
            party.net.advance(0.1)
            self.taken(party, client, one)

    def test_hangs_in_mid_flight(self) -> None:
        """Inside what the sender waits; the one that hung stores nothing twice when it goes on."""
        party = self.serve()
        one = payload()
        name = self.first_choice(party, one)
        party.hang(name)
        client = party.client(push(one))
        party.net.advance(3.4)
        self.taken(party, client, one)
        party.revive(name)
        party.net.advance(1)
        self.assertEqual(list(party.store.transactions), [one.hash])

    def test_a_duplicate_of_another_push_is_no_success(self) -> None:
        """Without a repeat the sender must know."""
        party = self.serve()
        party.ask(push(payload()))
        answer = party.ask(push(payload()))
        self.assertEqual(answer.status, 500)
        self.assertIn(b"duplicate key", answer.body)

    def test_senders_see_nothing_of_faults(self) -> None:
        """Another party pushes four times a second while one member after the other dies or hangs."""
        party = self.serve()
        other = RemoteParty(party.net.clock, party.net.client_endpoint("pair:9001"), "http://o:9001/", SENDER)
        self.addCleanup(other.stop)
        other.start()
        failures: list[PushFailed] = []
        sent = 0
        for fault, name in (("kill", "a"), ("hang", "b"), ("kill", "b"), ("hang", "a")):
            for step in range(40):
                if step == 7:
                    getattr(party, fault)(name)
                if step == 27:
                    party.revive(name)
                sent += 1
                other.push(payload(sent)).addErrback(lambda f: failures.append(f.value))
                party.net.advance(0.25)
        party.net.advance(4)
        self.assertEqual((failures, other.drops, len(other.pushed)), ([], [], sent))
        self.assertEqual(set(party.store.transactions), {payload(n).hash for n in range(1, sent + 1)})
