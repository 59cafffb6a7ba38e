"""From what a listener serves, and a client's patience, to how each call is treated."""

from __future__ import annotations

from math import inf

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from quorumha.http.forward.retry_policy import RetryPolicy
from quorumha.http.upstream.limits import Limits
from quorumha.tessera.decide.call_class import (
    API_VERSIONS,
    DELETE,
    JOB,
    LOOKUP,
    NEW,
    ONCE,
    PARTY_INFO,
    PLAIN,
    PUSH,
    PUSH_BATCH,
    READ,
    RESEND,
    SIGNED,
    START_UP,
    STORE,
    CallClass,
)
from quorumha.tessera.decide.call_plan import (
    LONGEST_TRY,
    CallOverride,
    Planned,
    plan_calls,
    plan_subrequest,
)
from quorumha.tessera.knowledge.calls import PORTS

Q2T = PORTS["tessera-q2t"]
P2P = PORTS["tessera-p2p"]

#: A treatment for each kind, and a call that has it.
KINDS = {
    READ: ("tessera-q2t", "GET", "/groups"),
    LOOKUP: ("tessera-q2t", "GET", "/transaction"),
    START_UP: ("tessera-q2t", "GET", "/upcheck"),
    NEW: ("tessera-q2t", "POST", "/send"),
    SIGNED: ("tessera-q2t", "POST", "/sendsignedtx"),
    DELETE: ("tessera-q2t", "DELETE", "/transaction"),
    ONCE: ("tessera-q2t", "POST", "/createPrivacyGroup"),
    PUSH: ("tessera-p2p", "POST", "/push"),
    JOB: ("tessera-p2p", "POST", "/resendBatch"),
    PUSH_BATCH: ("tessera-p2p", "POST", "/pushBatch"),
    RESEND: ("tessera-p2p", "POST", "/resend"),
    PARTY_INFO: ("tessera-p2p", "POST", "/partyinfo"),
}
LASTING = {JOB, PUSH_BATCH}

#: Client's patience, members; then of reads, of something new, of C{/sendsignedtx}: the first byte's
#: limit; and the limit of the whole.
LIMITS: list[tuple[str, float | None, int, float, float, float, float]] = [
    ("tessera-q2t", None, 2, 2.0, 4.5, 2.7, 4.5),
    ("tessera-q2t", 5.0, 1, 2.0, 4.5, 2.7, 4.5),
    ("tessera-q2t", 5.0, 3, 1.35, 4.5, 2.7, 4.5),
    ("tessera-q2t", 3.75, 2, 1.519, 3.375, 2.025, 3.375),
    ("tessera-q2t", 3.75, 1, 2.0, 3.375, 2.025, 3.375),
    ("tessera-q2t", 60.0, 2, 2.0, 54.0, 32.4, 54.0),
    # Without a limit of its own: as long as it takes, but a try is a try.
    ("tessera-q2t", 0.0, 2, 2.0, 30.0, 18.0, 0.0),
    ("tessera-q2t", 5.0, 0, 2.0, 4.5, 2.7, 4.5),
]


def find(planned: list[Planned], method: str, path: str, exact: bool | None = None) -> Planned:
    (found,) = (
        one
        for one in planned
        if (one.call.method, one.call.path) == (method, path) and exact in (None, one.call.exact)
    )
    return found


def plan(call_class: CallClass, **more: object) -> Planned:
    """How a call of that kind is treated."""
    serve, method, path = KINDS[call_class]
    return find(plan_calls(PORTS[serve], **more), method, path)  # type: ignore[arg-type]


def overridden(one: Planned) -> tuple[str, ...]:
    """The keys that the operator wrote."""
    return tuple(sorted(one.keys))


def write_class(one: Planned) -> RetryPolicy:
    assert isinstance(one.policy, RetryPolicy), one
    return one.policy


class LimitsTests(SynchronousTestCase):
    """From patience to limits."""

    def test_table(self) -> None:
        for serve, patience, members, read, new, signed, total in LIMITS:
            planned = plan_calls(PORTS[serve], patience)
            row = (serve, patience, members)
            for path, first in (("/send", new), ("/sendsignedtx", signed)):
                limits = find(planned, "POST", path).limits(members)
                self.assertEqual((limits.first_byte, limits.total), (first, total), (row, path))
            limits = find(planned, "GET", "/transaction").limits(members)
            self.assertEqual((limits.first_byte, limits.total), (read, total), row)

    def test_usual_patience(self) -> None:
        """GoQuorum's 5 s; three quarters of Tessera's partyInfoInterval of 5 s."""
        self.assertEqual(Q2T.client_timeout, 5.0)
        self.assertEqual(P2P.client_timeout, 0.75 * 5)
        self.assertEqual(plan(PUSH).limits(2), Limits(3.375, 1.519, 10.0, 10.0))

    def test_once(self) -> None:
        """What is never sent again has all the time there is."""
        self.assertEqual(plan(ONCE).limits(2).first_byte, 4.5)

    def test_checked(self) -> None:
        """Where checks find who hangs, a write has as long at each member as its client waits."""
        for patience, total in ((5.0, 4.5), (None, 4.5), (0.0, 0.0), (60.0, 54.0)):
            for serve, path in (("tessera-q2t", "/send"), ("tessera-q2t", "/sendsignedtx")):
                limits = find(plan_calls(PORTS[serve], patience, checked=True), "POST", path).limits(2)
                self.assertEqual((limits.first_byte, limits.total), (total, total), (patience, path))
        planned = plan_calls(Q2T, 0.0, checked=True)
        self.assertEqual(find(planned, "GET", "/transaction").limits(2).first_byte, 2.0)
        self.assertEqual(find(planned, "POST", "/createPrivacyGroup").limits(2).first_byte, 30.0)
        written = plan_calls(Q2T, keys={"first_byte_timeout": 1.0}, checked=True)
        self.assertEqual(find(written, "POST", "/send").limits(2).first_byte, 1.0)

    def test_writes_wait_no_longer_than_this(self) -> None:
        """Where the client waits for ever, and they find no member."""
        for call_class in KINDS:
            writes = {NEW, SIGNED, DELETE, PUSH, ONCE}
            self.assertEqual(plan(call_class, client_timeout=0.0).wait, 5.0 * (call_class in writes))
            self.assertEqual(plan(call_class).wait, 0.0)

    def test_jobs_have_no_limit(self) -> None:
        """They take hours."""
        for call_class in LASTING:
            limits = plan(call_class).limits(2)
            self.assertEqual((limits.total, limits.first_byte, limits.between), (0, 0, 0))

    @given(
        st.sampled_from(sorted(PORTS)),
        st.floats(0.1, 600) | st.just(0.0),
        st.integers(0, 8),
        st.booleans(),
    )
    def test_rules(self, serve: str, patience: float, members: int, replicated: bool) -> None:
        """The client hears before it gives up, and a try leaves time for one at every other member."""
        for one in plan_calls(PORTS[serve], patience, replicated):
            limits, call_class = one.limits(members), one.call_class
            if call_class in LASTING:
                continue
            if patience:
                self.assertLess(limits.total, patience)
                self.assertGreater(limits.total, 0)
                self.assertLessEqual(limits.first_byte, limits.total)
            else:
                self.assertEqual(limits.total, 0)
            self.assertGreater(limits.first_byte, 0, "a hang is always found")
            if call_class not in (NEW, STORE, ONCE, SIGNED):
                self.assertLessEqual(limits.first_byte, LONGEST_TRY)
                if patience:
                    self.assertLessEqual(members * (limits.first_byte - 0.001), limits.total)


class PolicyTests(SynchronousTestCase):
    """From treatments to policies."""

    def test_repeated(self) -> None:
        """Sent, and no answer: what may be sent again, and how soon."""
        for call_class, within in (
            (READ, inf),
            (LOOKUP, inf),
            (START_UP, inf),
            (DELETE, inf),
            (PUSH, inf),
            (PARTY_INFO, inf),
            (NEW, 2.0),
            (SIGNED, 0.0),
            (ONCE, 0.0),
            (JOB, 0.0),
            (PUSH_BATCH, 0.0),
        ):
            self.assertEqual(write_class(plan(call_class)).repeat_within, within, call_class)

    def test_statuses(self) -> None:
        """The answers after which another member is asked."""
        for call_class, yes, no in (
            (READ, {500, 502, 503, 504}, {200, 404, 403, 410}),
            (LOOKUP, {404, 500, 503}, {200, 400, 403}),
            (START_UP, {404, 500, 503}, {200}),
            (NEW, {403, 404, 410, 500, 503}, {200, 201, 400}),
            (SIGNED, {404, 410, 500}, {200, 201, 400}),
            (DELETE, {404, 500}, {200, 204}),
            (PUSH, {403, 500, 503}, {201, 404}),
            (PARTY_INFO, {500, 503}, {200, 404}),
            (PUSH_BATCH, {404}, {200, 500}),
        ):
            statuses = write_class(plan(call_class)).statuses
            self.assertLessEqual(yes, statuses, call_class)
            self.assertEqual(no & statuses, set(), call_class)
        for call_class in (ONCE, JOB):
            self.assertEqual(write_class(plan(call_class)).statuses, frozenset())

    def test_members_that_are_put_aside(self) -> None:
        """Asked after any answer where each has its own copy, after a 500 where nothing new is made."""
        for call_class in KINDS:
            self.assertFalse(write_class(plan(call_class)).ask_all, call_class)
            asks = write_class(plan(call_class, replicated=True)).ask_all
            copies = {LOOKUP, SIGNED, DELETE}
            self.assertEqual(asks, call_class in copies, call_class)
            after = write_class(plan(call_class)).ask_all_after
            self.assertEqual(after, {500} if call_class in copies | {READ} else set(), call_class)


class OverridingTests(SynchronousTestCase):
    """What the operator wrote."""

    def test_nothing(self) -> None:
        """The profile's calls, in its order, unchanged."""
        for port in PORTS.values():
            planned = plan_calls(port)
            self.assertEqual([one.call for one in planned], list(port.calls))
            self.assertEqual({overridden(one) for one in planned}, {()})

    def test_keys_for_all(self) -> None:
        keys = {"total_timeout": 8.0, "read_timeout": 7.0, "send_timeout": 6.0, "tries": 1}
        for one in plan_calls(P2P, keys=keys):
            self.assertEqual(write_class(one).tries, 1)
            self.assertEqual(one.limits(2).send, 6)
            if one.call_class in LASTING:
                continue
            self.assertEqual((one.limits(2).total, one.limits(2).between), (8, 7))
            self.assertEqual(overridden(one), ("read_timeout", "send_timeout", "total_timeout", "tries"))

    def test_limits_for_all_end_no_job(self) -> None:
        """What runs for hours has the limits that are written for itself, if any: of both kinds of resend."""
        keys = {"total_timeout": 8.0, "first_byte_timeout": 3.0, "read_timeout": 7.0, "send_timeout": 6.0}
        planned = plan_calls(P2P, keys=keys)
        jobs = [one for one in planned if one.call_class in LASTING]
        self.assertEqual({overridden(one) for one in jobs}, {("send_timeout",)})
        for one in (*jobs, find(planned, "POST", "/resend").resend_all()):
            self.assertEqual(one.limits(2), Limits(0, 0, 0, 6), one.call)
        override = CallOverride("/resendBatch", "exact", keys={"total_timeout": 9.0})
        planned = plan_calls(P2P, keys=keys, overrides=[override])
        self.assertEqual(find(planned, "POST", "/resendBatch").limits(2), Limits(9, 0, 0, 6))
        self.assertEqual(find(planned, "POST", "/pushBatch").limits(2), Limits(0, 0, 0, 6))

    def test_other_limits_follow(self) -> None:
        """A total for all shortens the tries."""
        planned = plan_calls(Q2T, keys={"total_timeout": 1.0})
        self.assertEqual(find(planned, "GET", "/transaction").limits(2).first_byte, 0.45)
        self.assertEqual(find(planned, "POST", "/send").limits(2).first_byte, 1.0)

    def test_first_byte(self) -> None:
        one = plan(LOOKUP, keys={"first_byte_timeout": 0.3})
        self.assertEqual((one.limits(2).first_byte, one.limits(2).total), (0.3, 4.5))

    def test_no_limit_at_all(self) -> None:
        one = plan(LOOKUP, keys={"total_timeout": 0})
        self.assertEqual((one.limits(2).total, one.limits(2).first_byte), (0, 2.0))

    def test_question_of_the_proxys_own(self) -> None:
        """It is a read with the limits of the listener, whatever single calls are to be like."""
        one = plan_subrequest(Q2T, keys={"read_timeout": 7.0})
        usual = find(plan_calls(Q2T, keys={"read_timeout": 7.0}), "GET", "/groups")
        self.assertEqual((one.policy, one.limits(2)), (usual.policy, usual.limits(2)))

    def test_wish_for_one_call(self) -> None:
        """The others stay as they are."""
        override = CallOverride("/send", "exact", "POST", "once", {"total_timeout": 60.0})
        planned = plan_calls(Q2T, overrides=[override])
        usual = plan_calls(Q2T)
        one = find(planned, "POST", "/send")
        self.assertEqual((one.call_class, one.limits(2).total), (ONCE, 60))
        self.assertEqual(overridden(one), ("total_timeout",))
        self.assertEqual([p for p in planned if p is not one], [p for p in usual if p.call.path != "/send"])

    def test_wish_for_a_path(self) -> None:
        """All its methods; each keeps its own treatment unless another is given."""
        planned = plan_calls(Q2T, overrides=[CallOverride("/transaction", "prefix", keys={"tries": 1})])
        for method, call_class in (("GET", LOOKUP), ("DELETE", DELETE)):
            one = find(planned, method, "/transaction")
            self.assertIs(one.call_class, call_class)
            self.assertEqual(write_class(one).tries, 1)
        planned = plan_calls(
            Q2T,
            overrides=[CallOverride("/transaction", "prefix", method="GET", treat_as="read")],
        )
        self.assertIs(find(planned, "GET", "/transaction").call_class, READ)
        self.assertIs(find(planned, "DELETE", "/transaction").call_class, DELETE)

    def test_slash_at_the_end(self) -> None:
        """A prefix is the same with it and without it, as it is for routes."""
        planned = plan_calls(Q2T, overrides=[CallOverride("/transaction/", "prefix", keys={"tries": 1})])
        self.assertEqual(len(planned), len(plan_calls(Q2T)))
        self.assertEqual(write_class(find(planned, "GET", "/transaction")).tries, 1)
        planned = plan_calls(Q2T, overrides=[CallOverride("/", "prefix", keys={"tries": 1})])
        self.assertEqual(write_class(find(planned, "*", "/")).tries, 1)

    def test_wish_over_keys_for_all(self) -> None:
        keys = {"total_timeout": 8.0, "tries": 1}
        one = find(
            plan_calls(Q2T, keys=keys, overrides=[CallOverride("/send", "exact", keys={"tries": 2})]),
            "POST",
            "/send",
        )
        self.assertEqual((one.limits(2).total, write_class(one).tries), (8, 2))

    def test_two_wishes_for_one_call(self) -> None:
        """Both hold; what is written for the method beats what is written for the path, in any order."""
        path = CallOverride("/send", "exact", keys={"tries": 1, "total_timeout": 9.0})
        method = CallOverride("/send", "exact", "POST", keys={"tries": 2, "read_timeout": 3.0})
        for overrides in ([path, method], [method, path]):
            one = find(plan_calls(Q2T, overrides=overrides), "POST", "/send")
            self.assertEqual((write_class(one).tries, one.limits(2).total, one.limits(2).between), (2, 9, 3))
            self.assertEqual(overridden(one), ("read_timeout", "total_timeout", "tries"))

    def test_new_call(self) -> None:
        """One that the table does not know."""
        override = CallOverride("/report", "exact", "POST", "read", {"total_timeout": 60.0})
        planned = plan_calls(Q2T, overrides=[override])
        one = find(planned, "POST", "/report")
        self.assertEqual((one.call_class, one.call.exact, one.limits(2).total), (READ, True, 60))
        self.assertEqual(len(planned), len(Q2T.calls) + 1)

    def test_what_one_path_alone_has_stays(self) -> None:
        """C{/storeraw} makes no transaction, and all are asked for C{/version/api}."""
        overrides = [
            CallOverride("/storeraw", "exact", treat_as="new"),
            CallOverride("/version/api", "exact", treat_as="start-up"),
        ]
        planned = plan_calls(Q2T, overrides=overrides)
        self.assertIs(find(planned, "POST", "/storeraw").call_class, STORE)
        self.assertIs(find(planned, "GET", "/version/api").call_class, API_VERSIONS)
        planned = plan_calls(Q2T, overrides=[CallOverride("/storeraw", "exact", treat_as="once")])
        self.assertIs(find(planned, "POST", "/storeraw").call_class, ONCE)

    def test_new_path_with_one_treatment(self) -> None:
        """For whatever method."""
        planned = plan_calls(Q2T, overrides=[CallOverride("/report", "prefix", treat_as="job")])
        self.assertIs(find(planned, "*", "/report").call_class, JOB)
        self.assertEqual(len(planned), len(Q2T.calls) + 1)

    def test_new_path_without_a_treatment(self) -> None:
        """It is left as it was: as the path above it has it."""
        planned = plan_calls(Q2T, overrides=[CallOverride("/metrics", "exact", keys={"total_timeout": 1.0})])
        for method, call_class in (("GET", READ), ("HEAD", READ), ("*", ONCE)):
            one = find(planned, method, "/metrics")
            self.assertEqual((one.call_class, one.limits(2).total, one.call.exact), (call_class, 1, True))
        planned = plan_calls(Q2T, overrides=[CallOverride("/transaction/x", "prefix", keys={"tries": 1})])
        for method, call_class in (
            ("GET", LOOKUP),
            ("DELETE", DELETE),
            ("HEAD", READ),
            ("*", ONCE),
        ):
            self.assertIs(find(planned, method, "/transaction/x").call_class, call_class)
        for method, call_class in (("GET", READ), ("PUT", ONCE)):
            planned = plan_calls(Q2T, overrides=[CallOverride("/send", "exact", method, keys={"tries": 1})])
            self.assertIs(find(planned, method, "/send").call_class, call_class)
            self.assertIs(find(planned, "POST", "/send").call_class, NEW)

    def test_no_path_twice(self) -> None:
        """Whatever is wished for."""
        overrides = [
            CallOverride("/send", "prefix"),
            CallOverride("/send/", "exact"),
            CallOverride("/send", "exact"),
            CallOverride("/x", "prefix"),
            CallOverride("/x/", "prefix", method="GET"),
        ]
        planned = plan_calls(Q2T, overrides=overrides)
        keys = [(one.call.method, one.call.path, one.call.exact) for one in planned]
        self.assertEqual(len(set(keys)), len(keys))

    def test_plainly(self) -> None:
        """C{next_upstream} and C{non_idempotent} decide as they do elsewhere."""
        one = find(
            plan_calls(
                Q2T,
                overrides=[
                    CallOverride(
                        "/send", "exact", keys={"next_upstream": ("timeout", "404", "410"), "tries": 2}
                    )
                ],
            ),
            "POST",
            "/send",
        )
        self.assertIs(one.call_class, PLAIN)
        self.assertEqual(
            one.policy, RetryPolicy(False, True, frozenset({404, 410}), non_idempotent=True, tries=2)
        )
        self.assertEqual((one.limits(2).first_byte, one.limits(2).total), (2.0, 4.5))
        one = plan(NEW, keys={"non_idempotent": False})
        self.assertEqual(one.policy, RetryPolicy(non_idempotent=False))
