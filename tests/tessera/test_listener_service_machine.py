"""Random schedules through a whole configuration, both ports of each node, its checks among them.

Whatever nodes, their database and clients do: each client is told once and in time, what was told is there
once, whatever else was made is told as an orphan, nothing is sent to who is silent, and nothing stays behind.
For more than the usual schedules:
C{QUORUMHA_SCHEDULES=2000 python -m pytest tests/tessera/test_listener_service_machine.py}.
"""

from __future__ import annotations

import hashlib
import json
from base64 import b64encode
from contextlib import ExitStack
from urllib.parse import quote

from attrs import define
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)
from twisted.logger import capturedLogs  # type: ignore[attr-defined]  # public, not re-exported
from twisted.trial.unittest import SynchronousTestCase

from quorumha.testing import Recorder
from quorumha.testing.tessera.payloads import Payload
from quorumha.testing.tessera.state import OWN_KEY, key_text
from tests.nightly import play
from tests.served_party import JSON, OCTETS, ServedParty, request

NAMES = st.sampled_from("ab")
#: Seconds after which a fault is undone: late responses are read for 60.
LONGEST = 40.0
#: Seconds that a write waits at most where nobody is well: until the checks see it, and five.
FOR_EVER_WRITE = 10.0
#: Seconds after which checks know who is silent.
KNOWN = 4.0


@define(eq=False)
class Asked:
    """One request.

    @ivar to: the listener.
    @ivar digest: of its body.
    @ivar known: it asks for what is there.
    """

    client: Recorder
    to: str
    path: str
    at: float
    digest: bytes = b""
    known: bool = False
    left: bool = False


class ServiceMachine(RuleBasedStateMachine):
    """See the module."""

    @initialize(patient=st.booleans())
    def build(self, patient: bool) -> None:
        self.patient = patient
        self.stack = ExitStack()
        self.logs = self.stack.enter_context(capturedLogs())
        self.party = ServedParty(serve=("q2t", "p2p", "thirdparty"))
        if patient:
            self.party = ServedParty(serve=("q2t", "thirdparty"), keys='client_timeout = "none"')
        self.net = self.party.net
        self.net.advance(2)
        self.asked: list[Asked] = []
        self.raws: list[str] = []
        self.number = 0
        #: What is wrong with each node.
        self.wrong: dict[str, set[str]] = {"a": set(), "b": set()}
        self.bad_since = self.faulty_since = self.silent_since = -1.0

    # What nodes do.

    @rule(name=NAMES)
    def kill(self, name: str) -> None:
        if "dead" not in self.wrong[name]:
            self.party.kill(name)
            self._is_wrong(name, "dead")

    @rule(name=NAMES)
    def hang(self, name: str) -> None:
        if "dead" not in self.wrong[name]:
            self.party.hang(name)
            self._is_wrong(name, "hung")

    @rule(
        names=st.sampled_from(["a", "b", "ab", "ab"]),
        breaks=st.booleans(),
        seconds=st.sampled_from([0.0, 1.0, 6.0]),
    )
    def silence_database(self, names: str, breaks: bool, seconds: float) -> None:
        """Checks may see it, or not yet."""
        for name in names:
            faults = self.party.nodes[name].faults
            faults.first_request_500, faults.database_silent = breaks, True
            self._is_wrong(name, "silent")
        self.net.advance(seconds)

    @rule(names=st.sampled_from(["a", "b", "ab"]))
    def lose_database(self, names: str) -> None:
        for name in names:
            self.party.nodes[name].faults.database_dead = True
            self._is_wrong(name, "blind")

    @rule(name=NAMES)
    def one_500(self, name: str) -> None:
        self.party.nodes[name].faults.first_request_500 = True

    def _is_wrong(self, name: str, how: str) -> None:
        now = self.net.clock.seconds()
        self.wrong[name].add(how)
        if self.faulty_since < 0:
            self.faulty_since = now
        if all(self.wrong.values()):
            # A write may have found the one that was not silent yet.
            self.bad_since = now
        silent = all(what & {"hung", "silent"} and "dead" not in what for what in self.wrong.values())
        self.silent_since = -1.0 if not silent else now if self.silent_since < 0 else self.silent_since

    @rule(name=NAMES)
    def heal(self, name: str) -> None:
        faults = self.party.nodes[name].faults
        faults.database_dead = faults.first_request_500 = False
        faults.database_silent = False
        if self.wrong[name] & {"dead", "hung"}:
            self.party.revive(name)
        self.wrong[name].clear()
        self.bad_since = self.silent_since = -1.0
        if not any(self.wrong.values()):
            self.faulty_since = -1.0
        self.net.run()

    # What clients ask.

    def _ask(self, to: str, method: bytes, path: str, body: bytes = b"", *fields: bytes) -> Asked:
        writes = method == b"POST"
        # Reads that wait, and lookups of what became of a write, may go on where this one finds out that
        # somebody is dead, each to one more member; a pick does not say whose it is.
        others = len(self.party.sites[to].late) + sum(map(self._open, self.asked))
        # Whoever is dead refuses what it is sent, and acts on nothing, whenever its checks see that.
        nodes = zip("ab", self.party.service.pools[to].members, strict=True)
        members = [member for name, member in nodes if "dead" not in self.wrong[name]]
        since = self.silent_since
        asleep = all(member.asleep for member in members) or 0 <= since < self.net.clock.seconds() - KNOWN
        picked = sum(member.picked for member in members)
        digest = hashlib.sha256(body).digest()
        now = self.net.clock.seconds()
        data = request(method, path.encode(), body, *fields)
        one = Asked(self.party.client(data, to), to, path, now, digest)
        self.asked.append(one)
        assert not (writes and asleep and sum(member.picked for member in members) > picked + others), path
        return one

    def _open(self, one: Asked) -> bool:
        return self.party.response(one.client) is None

    def _payload(self) -> str:
        self.number += 1
        return b64encode(b"payload %d" % self.number).decode()

    @rule(count=st.sampled_from([1, 1, 3]), first=st.booleans())
    def send(self, count: int, first: bool) -> None:
        """Perhaps just after something that needs no database."""
        if first:
            self._ask("q2t", b"GET", "/version")
        for _ in range(count):
            self._ask("q2t", b"POST", "/send", json.dumps({"payload": self._payload()}).encode(), JSON)

    @rule(to=st.sampled_from(["q2t", "thirdparty"]))
    def store_raw(self, to: str) -> None:
        self._ask(to, b"POST", "/storeraw", json.dumps({"payload": self._payload()}).encode(), JSON)

    @rule(data=st.data())
    def send_signed(self, data: st.DataObject) -> None:
        made = [key for one in self.asked if one.path == "/storeraw" and (key := self._key(one))]
        free = [key for key in made if key not in self.raws]
        if free:
            key = data.draw(st.sampled_from(free))
            self.raws.append(key)
            body = json.dumps({"hash": key, "to": []}).encode()
            self._ask("q2t", b"POST", "/sendsignedtx", body, JSON)

    @rule(data=st.data())
    def read(self, data: st.DataObject) -> None:
        there = list(self.party.store.transactions)
        key = data.draw(st.sampled_from([*there, b"n" * 64]))
        path = f"/transaction/{quote(key_text(key), safe='')}?isRaw=false"
        self._ask("q2t", b"GET", path).known = key in there

    @precondition(lambda self: not self.patient)
    @rule(count=st.sampled_from([1, 3]), first=st.booleans())
    def push(self, count: int, first: bool) -> None:
        """As the others."""
        if first:
            self.party.post_info(1, within=4)
        for _ in range(count):
            self.number += 1
            sealed = Payload.seal(b"private", b"s" * 32, [OWN_KEY], b"push %d" % self.number)
            self._ask("p2p", b"POST", "/push", sealed.encode(), OCTETS)

    @rule(data=st.data())
    def leave(self, data: st.DataObject) -> None:
        waiting = [one for one in self.asked if not one.left and self.party.response(one.client) is None]
        if waiting:
            one = data.draw(st.sampled_from(waiting))
            one.left = True
            assert one.client.transport is not None
            one.client.transport.abortConnection()
            self.net.run()

    @rule(seconds=st.sampled_from([0.1, 0.5, 1.0, 2.5, 6.0]))
    def wait(self, seconds: float) -> None:
        self.net.advance(seconds)
        if self.faulty_since >= 0 and self.net.clock.seconds() - self.faulty_since > LONGEST:
            for name in "ab":
                self.heal(name)

    # What must hold.

    def _key(self, one: Asked) -> str:
        told = self.party.response(one.client)
        return json.loads(told.body)["key"] if told is not None and told.status in (200, 201) else ""

    @invariant()
    def told_in_time(self) -> None:
        now = self.net.clock.seconds() if hasattr(self, "asked") else 0.0
        for one in getattr(self, "asked", ()):
            if one.left or self.party.response(one.client) is not None:
                continue
            if not self.patient:
                assert now - one.at < 4.7, one.path
            elif one.path in ("/send", "/storeraw", "/sendsignedtx") and self.bad_since >= 0:
                assert now - max(one.at, self.bad_since) < FOR_EVER_WRITE, one.path

    @invariant()
    def no_false_404(self) -> None:
        for one in getattr(self, "asked", ()):
            if one.known and (told := self.party.response(one.client)) is not None:
                assert told.status != 404, one.path

    def teardown(self) -> None:
        if not hasattr(self, "asked"):
            return
        try:
            self._end()
        finally:
            self.stack.close()

    def _end(self) -> None:
        for name in "ab":
            self.heal(name)
        self.net.advance(15)
        self.told_in_time()
        self.net.advance(60)
        service, store = self.party.service, self.party.store
        orphans = {event["key"] for event in self.logs if event.get("event") == "orphan"}
        told_keys = set()
        for one in self.asked:
            told = self.party.response(one.client)
            assert one.left or told is not None, one.path
            if one.path not in ("/send", "/storeraw", "/sendsignedtx") or not (key := self._key(one)):
                continue
            told_keys.add(key)
            rows = [key_text(row.key) for row in store.journal.insertions if row.digest == one.digest]
            assert rows.count(key) == 1, (one.path, rows)
            extra = set(rows) - {key}
            assert extra <= orphans, (one.path, extra)
        assert not orphans & told_keys
        for pool in service.pools.values():
            assert [member.in_flight for member in pool.members] == [0, 0], pool.name
        for site in self.party.sites.values():
            assert (len(site.late), len(site.state.waiting_room), site.state.waiting_room.used) == (0, 0, 0)
        assert service.replay_budget.used == 0
        for one in self.asked:
            if one.client.transport is not None:
                one.client.transport.abortConnection()
        self.party.stop()


class ServiceMachineTests(SynchronousTestCase):
    """See the module."""

    def test_schedules(self) -> None:
        play(ServiceMachine, 15, night=400)
