"""From what a listener serves, and a client's patience, to how each call is treated."""

from __future__ import annotations

from math import inf

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from quorumha.http.forward.forwarder import Limits
from quorumha.http.forward.retry_policy import NextUpstream
from quorumha.http.forward.write_class import WriteClass
from quorumha.tessera.decide.call_plan import (
    LONGEST_TRY,
    PATIENCE,
    CallOverride,
    Planned,
    plan_calls,
    plan_question,
    resend_all,
)
from quorumha.tessera.knowledge.calls import PROFILES, CallClass

#: A treatment for each kind, and a call that has it.
KINDS = {
    CallClass.READ: ("tessera-q2t", "GET", "/groups"),
    CallClass.LOOKUP: ("tessera-q2t", "GET", "/transaction"),
    CallClass.START_UP: ("tessera-q2t", "GET", "/upcheck"),
    CallClass.NEW: ("tessera-q2t", "POST", "/send"),
    CallClass.SIGNED: ("tessera-q2t", "POST", "/sendsignedtx"),
    CallClass.DELETE: ("tessera-q2t", "DELETE", "/transaction"),
    CallClass.ONCE: ("tessera-q2t", "POST", "/createPrivacyGroup"),
    CallClass.PUSH: ("tessera-p2p", "POST", "/push"),
    CallClass.JOB: ("tessera-p2p", "POST", "/resendBatch"),
    CallClass.PUSH_BATCH: ("tessera-p2p", "POST", "/pushBatch"),
    CallClass.RESEND: ("tessera-p2p", "POST", "/resend"),
    CallClass.PARTY_INFO: ("tessera-p2p", "POST", "/partyinfo"),
}
LASTING = {CallClass.JOB, CallClass.PUSH_BATCH}

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
    return find(plan_calls(serve, 2, **more), method, path)  # type: ignore[arg-type]


def write_class(one: Planned) -> WriteClass:
    assert isinstance(one.policy, WriteClass), one
    return one.policy


class LimitsTests(SynchronousTestCase):
    """From patience to limits."""

    def test_table(self) -> None:
        for serve, patience, members, read, new, signed, total in LIMITS:
            planned = plan_calls(serve, members, patience)
            row = (serve, patience, members)
            for path, first in (("/send", new), ("/sendsignedtx", signed)):
                limits = find(planned, "POST", path).limits
                self.assertEqual((limits.first_byte, limits.total), (first, total), (row, path))
            limits = find(planned, "GET", "/transaction").limits
            self.assertEqual((limits.first_byte, limits.total), (read, total), row)

    def test_usual_patience(self) -> None:
        """GoQuorum's 5 s; three quarters of Tessera's partyInfoInterval of 5 s."""
        self.assertEqual(PATIENCE["tessera-q2t"], 5.0)
        self.assertEqual(PATIENCE["tessera-p2p"], 0.75 * 5)
        self.assertEqual(plan(CallClass.PUSH).limits, Limits(3.375, 1.519, 10.0, 10.0))
        self.assertEqual(set(PATIENCE), set(PROFILES))

    def test_once(self) -> None:
        """What is never sent again has all the time there is."""
        self.assertEqual(plan(CallClass.ONCE).limits.first_byte, 4.5)

    def test_checked(self) -> None:
        """Where checks find who hangs, a write has as long at each member as its client waits."""
        for patience, total in ((5.0, 4.5), (None, 4.5), (0.0, 0.0), (60.0, 54.0)):
            for serve, path in (("tessera-q2t", "/send"), ("tessera-q2t", "/sendsignedtx")):
                limits = find(plan_calls(serve, 2, patience, checked=True), "POST", path).limits
                self.assertEqual((limits.first_byte, limits.total), (total, total), (patience, path))
        planned = plan_calls("tessera-q2t", 2, 0.0, checked=True)
        self.assertEqual(find(planned, "GET", "/transaction").limits.first_byte, 2.0)
        self.assertEqual(find(planned, "POST", "/createPrivacyGroup").limits.first_byte, 30.0)
        written = plan_calls("tessera-q2t", 2, keys={"first_byte_timeout": 1.0}, checked=True)
        self.assertEqual(find(written, "POST", "/send").limits.first_byte, 1.0)

    def test_writes_wait_no_longer_than_this(self) -> None:
        """Where the client waits for ever, and they find no member."""
        for call_class in KINDS:
            writes = {CallClass.NEW, CallClass.SIGNED, CallClass.DELETE, CallClass.PUSH, CallClass.ONCE}
            self.assertEqual(plan(call_class, client_timeout=0.0).wait, 5.0 * (call_class in writes))
            self.assertEqual(plan(call_class).wait, 0.0)

    def test_jobs_have_no_limit(self) -> None:
        """They take hours."""
        for call_class in LASTING:
            limits = plan(call_class).limits
            self.assertEqual((limits.total, limits.first_byte, limits.between), (0, 0, 0))

    @given(
        st.sampled_from(sorted(PROFILES)),
        st.floats(0.1, 600) | st.just(0.0),
        st.integers(0, 8),
        st.booleans(),
    )
    def test_rules(self, serve: str, patience: float, members: int, replicated: bool) -> None:
        """The client hears before it gives up, and a try leaves time for one at every other member."""
        for one in plan_calls(serve, members, patience, replicated):
            limits, call_class = one.limits, one.call.call_class
            if call_class in LASTING:
                continue
            if patience:
                self.assertLess(limits.total, patience)
                self.assertGreater(limits.total, 0)
                self.assertLessEqual(limits.first_byte, limits.total)
            else:
                self.assertEqual(limits.total, 0)
            self.assertGreater(limits.first_byte, 0, "a hang is always found")
            if call_class not in (CallClass.NEW, CallClass.ONCE, CallClass.SIGNED):
                self.assertLessEqual(limits.first_byte, LONGEST_TRY)
                if patience:
                    self.assertLessEqual(members * (limits.first_byte - 0.001), limits.total)


class PolicyTests(SynchronousTestCase):
    """From treatments to policies."""

    def test_repeated(self) -> None:
        """Sent, and no answer: what may be sent again, and how soon."""
        for call_class, within in (
            (CallClass.READ, inf),
            (CallClass.LOOKUP, inf),
            (CallClass.START_UP, inf),
            (CallClass.DELETE, inf),
            (CallClass.PUSH, inf),
            (CallClass.PARTY_INFO, inf),
            (CallClass.NEW, 2.0),
            (CallClass.SIGNED, 0.0),
            (CallClass.ONCE, 0.0),
            (CallClass.JOB, 0.0),
            (CallClass.PUSH_BATCH, 0.0),
        ):
            self.assertEqual(write_class(plan(call_class)).repeat_within, within, call_class)

    def test_statuses(self) -> None:
        """The answers after which another member is asked."""
        for call_class, yes, no in (
            (CallClass.READ, {500, 502, 503, 504}, {200, 404, 403, 410}),
            (CallClass.LOOKUP, {404, 500, 503}, {200, 400, 403}),
            (CallClass.START_UP, {404, 500, 503}, {200}),
            (CallClass.NEW, {403, 404, 410, 500, 503}, {200, 201, 400}),
            (CallClass.SIGNED, {404, 410, 500}, {200, 201, 400}),
            (CallClass.DELETE, {404, 500}, {200, 204}),
            (CallClass.PUSH, {403, 500, 503}, {201, 404}),
            (CallClass.PARTY_INFO, {500, 503}, {200, 404}),
            (CallClass.PUSH_BATCH, {404}, {200, 500}),
        ):
            statuses = write_class(plan(call_class)).statuses
            self.assertLessEqual(yes, statuses, call_class)
            self.assertEqual(no & statuses, set(), call_class)
        for call_class in (CallClass.ONCE, CallClass.JOB):
            self.assertEqual(write_class(plan(call_class)).statuses, frozenset())

    def test_members_that_are_put_aside(self) -> None:
        """Asked after any answer where each has its own copy, after a 500 where nothing new is made."""
        for call_class in KINDS:
            self.assertFalse(write_class(plan(call_class)).ask_all, call_class)
            asks = write_class(plan(call_class, replicated=True)).ask_all
            copies = {CallClass.LOOKUP, CallClass.SIGNED, CallClass.DELETE}
            self.assertEqual(asks, call_class in copies, call_class)
            after = write_class(plan(call_class)).ask_all_after
            self.assertEqual(after, {500} if call_class in copies | {CallClass.READ} else set(), call_class)


class OverridingTests(SynchronousTestCase):
    """What the operator wrote."""

    def test_nothing(self) -> None:
        """The profile's calls, in its order, unchanged."""
        for serve, calls in PROFILES.items():
            planned = plan_calls(serve, 2)
            self.assertEqual([one.call for one in planned], list(calls))
            self.assertEqual({one.overridden for one in planned}, {()})

    def test_keys_for_all(self) -> None:
        keys = {"total_timeout": 8.0, "read_timeout": 7.0, "send_timeout": 6.0, "tries": 1}
        for one in plan_calls("tessera-p2p", 2, keys=keys):
            self.assertEqual(write_class(one).tries, 1)
            self.assertEqual(one.limits.send, 6)
            if one.call.call_class in LASTING:
                continue
            self.assertEqual((one.limits.total, one.limits.between), (8, 7))
            self.assertEqual(one.overridden, ("read_timeout", "send_timeout", "total_timeout", "tries"))

    def test_limits_for_all_end_no_job(self) -> None:
        """What runs for hours has the limits that are written for itself, if any: of both kinds of resend."""
        keys = {"total_timeout": 8.0, "first_byte_timeout": 3.0, "read_timeout": 7.0, "send_timeout": 6.0}
        planned = plan_calls("tessera-p2p", 2, keys=keys)
        jobs = [one for one in planned if one.call.call_class in LASTING]
        self.assertEqual({one.overridden for one in jobs}, {("send_timeout",)})
        for one in (*jobs, resend_all(find(planned, "POST", "/resend"))):
            self.assertEqual(one.limits, Limits(0, 0, 0, 6), one.call)
        override = CallOverride("/resendBatch", True, keys={"total_timeout": 9.0})
        planned = plan_calls("tessera-p2p", 2, keys=keys, overrides=[override])
        self.assertEqual(find(planned, "POST", "/resendBatch").limits, Limits(9, 0, 0, 6))
        self.assertEqual(find(planned, "POST", "/pushBatch").limits, Limits(0, 0, 0, 6))

    def test_other_limits_follow(self) -> None:
        """A total for all shortens the tries."""
        planned = plan_calls("tessera-q2t", 2, keys={"total_timeout": 1.0})
        self.assertEqual(find(planned, "GET", "/transaction").limits.first_byte, 0.45)
        self.assertEqual(find(planned, "POST", "/send").limits.first_byte, 1.0)

    def test_first_byte(self) -> None:
        one = plan(CallClass.LOOKUP, keys={"first_byte_timeout": 0.3})
        self.assertEqual((one.limits.first_byte, one.limits.total), (0.3, 4.5))

    def test_no_limit_at_all(self) -> None:
        one = plan(CallClass.LOOKUP, keys={"total_timeout": 0})
        self.assertEqual((one.limits.total, one.limits.first_byte), (0, 2.0))

    def test_question_of_the_proxys_own(self) -> None:
        """It is a read with the limits of the listener, whatever single calls are to be like."""
        one = plan_question("tessera-q2t", 2, keys={"read_timeout": 7.0})
        usual = find(plan_calls("tessera-q2t", 2, keys={"read_timeout": 7.0}), "GET", "/groups")
        self.assertEqual((one.policy, one.limits), (usual.policy, usual.limits))

    def test_wish_for_one_call(self) -> None:
        """The others stay as they are."""
        override = CallOverride("/send", True, "POST", CallClass.ONCE, {"total_timeout": 60.0})
        planned = plan_calls("tessera-q2t", 2, overrides=[override])
        usual = plan_calls("tessera-q2t", 2)
        one = find(planned, "POST", "/send")
        self.assertEqual((one.call.call_class, one.limits.total), (CallClass.ONCE, 60))
        self.assertEqual(one.overridden, ("total_timeout",))
        self.assertEqual([p for p in planned if p is not one], [p for p in usual if p.call.path != "/send"])

    def test_wish_for_a_path(self) -> None:
        """All its methods; each keeps its own treatment unless another is given."""
        planned = plan_calls("tessera-q2t", 2, overrides=[CallOverride("/transaction", keys={"tries": 1})])
        for method, call_class in (("GET", CallClass.LOOKUP), ("DELETE", CallClass.DELETE)):
            one = find(planned, method, "/transaction")
            self.assertIs(one.call.call_class, call_class)
            self.assertEqual(write_class(one).tries, 1)
        planned = plan_calls(
            "tessera-q2t",
            2,
            overrides=[CallOverride("/transaction", method="GET", call_class=CallClass.READ)],
        )
        self.assertIs(find(planned, "GET", "/transaction").call.call_class, CallClass.READ)
        self.assertIs(find(planned, "DELETE", "/transaction").call.call_class, CallClass.DELETE)

    def test_slash_at_the_end(self) -> None:
        """A prefix is the same with it and without it, as it is for routes."""
        planned = plan_calls("tessera-q2t", 2, overrides=[CallOverride("/transaction/", keys={"tries": 1})])
        self.assertEqual(len(planned), len(plan_calls("tessera-q2t", 2)))
        self.assertEqual(write_class(find(planned, "GET", "/transaction")).tries, 1)
        planned = plan_calls("tessera-q2t", 2, overrides=[CallOverride("/", keys={"tries": 1})])
        self.assertEqual(write_class(find(planned, "*", "/")).tries, 1)

    def test_wish_over_keys_for_all(self) -> None:
        keys = {"total_timeout": 8.0, "tries": 1}
        one = find(
            plan_calls(
                "tessera-q2t", 2, keys=keys, overrides=[CallOverride("/send", True, keys={"tries": 2})]
            ),
            "POST",
            "/send",
        )
        self.assertEqual((one.limits.total, write_class(one).tries), (8, 2))

    def test_two_wishes_for_one_call(self) -> None:
        """Both hold; what is written for the method beats what is written for the path, in any order."""
        path = CallOverride("/send", True, keys={"tries": 1, "total_timeout": 9.0})
        method = CallOverride("/send", True, "POST", keys={"tries": 2, "read_timeout": 3.0})
        for overrides in ([path, method], [method, path]):
            one = find(plan_calls("tessera-q2t", 2, overrides=overrides), "POST", "/send")
            self.assertEqual((write_class(one).tries, one.limits.total, one.limits.between), (2, 9, 3))
            self.assertEqual(one.overridden, ("read_timeout", "total_timeout", "tries"))

    def test_new_call(self) -> None:
        """One that the table does not know."""
        override = CallOverride("/report", True, "POST", CallClass.READ, {"total_timeout": 60.0})
        planned = plan_calls("tessera-q2t", 2, overrides=[override])
        one = find(planned, "POST", "/report")
        self.assertEqual((one.call.call_class, one.call.exact, one.limits.total), (CallClass.READ, True, 60))
        self.assertEqual(len(planned), len(PROFILES["tessera-q2t"]) + 1)

    def test_new_path_with_one_treatment(self) -> None:
        """For whatever method."""
        planned = plan_calls("tessera-q2t", 2, overrides=[CallOverride("/report", call_class=CallClass.JOB)])
        self.assertIs(find(planned, "*", "/report").call.call_class, CallClass.JOB)
        self.assertEqual(len(planned), len(PROFILES["tessera-q2t"]) + 1)

    def test_new_path_without_a_treatment(self) -> None:
        """It is left as it was: as the path above it has it."""
        planned = plan_calls(
            "tessera-q2t", 2, overrides=[CallOverride("/metrics", True, keys={"total_timeout": 1.0})]
        )
        for method, call_class in (("GET", CallClass.READ), ("HEAD", CallClass.READ), ("*", CallClass.ONCE)):
            one = find(planned, method, "/metrics")
            self.assertEqual((one.call.call_class, one.limits.total, one.call.exact), (call_class, 1, True))
        planned = plan_calls("tessera-q2t", 2, overrides=[CallOverride("/transaction/x", keys={"tries": 1})])
        for method, call_class in (
            ("GET", CallClass.LOOKUP),
            ("DELETE", CallClass.DELETE),
            ("HEAD", CallClass.READ),
            ("*", CallClass.ONCE),
        ):
            self.assertIs(find(planned, method, "/transaction/x").call.call_class, call_class)
        for method, call_class in (("GET", CallClass.READ), ("PUT", CallClass.ONCE)):
            planned = plan_calls(
                "tessera-q2t", 2, overrides=[CallOverride("/send", True, method, keys={"tries": 1})]
            )
            self.assertIs(find(planned, method, "/send").call.call_class, call_class)
            self.assertIs(find(planned, "POST", "/send").call.call_class, CallClass.NEW)

    def test_no_path_twice(self) -> None:
        """Whatever is wished for."""
        overrides = [
            CallOverride("/send"),
            CallOverride("/send/", True),
            CallOverride("/send", True),
            CallOverride("/x"),
            CallOverride("/x/", method="GET"),
        ]
        planned = plan_calls("tessera-q2t", 2, overrides=overrides)
        keys = [(one.call.method, one.call.path, one.call.exact) for one in planned]
        self.assertEqual(len(set(keys)), len(keys))

    def test_plainly(self) -> None:
        """C{next_upstream} and C{non_idempotent} decide as they do elsewhere."""
        one = find(
            plan_calls(
                "tessera-q2t",
                2,
                overrides=[
                    CallOverride("/send", True, keys={"next_upstream": ("timeout", "404", "410"), "tries": 2})
                ],
            ),
            "POST",
            "/send",
        )
        self.assertIs(one.call.call_class, CallClass.PLAIN)
        self.assertEqual(
            one.policy, NextUpstream(False, True, frozenset({404, 410}), non_idempotent=True, tries=2)
        )
        self.assertEqual((one.limits.first_byte, one.limits.total), (2.0, 4.5))
        one = plan(CallClass.NEW, keys={"non_idempotent": False})
        self.assertEqual(one.policy, NextUpstream(non_idempotent=False))
