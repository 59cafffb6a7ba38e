"""What may be done with a call: the rows."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.tessera.decide.call_class import CALL_CLASSES, PLAIN, WRITABLE, Known
from quorumha.tessera.knowledge.calls import PORTS
from quorumha.tessera.knowledge.existence import ExistenceMemory
from quorumha.tessera.knowledge.saved_state import SavedState


class CallClassTests(SynchronousTestCase):
    """L{CALL_CLASSES}."""

    def test_letters(self) -> None:
        """Those of WIRE A3."""
        letters = {one.letter for one in CALL_CLASSES.values()}
        self.assertEqual(letters, {"R", "N", "D", "S", "R/S", "M", "-"})

    def test_each_is_used(self) -> None:
        """Every class is in a port's table, but for the one that only an operator's keys give."""
        used = {call.call_class for port in PORTS.values() for call in port.calls}
        self.assertEqual(set(CALL_CLASSES) - used, {"plain"})

    def test_what_an_operator_may_write(self) -> None:
        """Each class is called by its own name, or is a variant of one that is."""
        self.assertEqual([one.treat_as for one in WRITABLE.values()], list(WRITABLE))
        for one in CALL_CLASSES.values():
            if one is not PLAIN:
                self.assertEqual(WRITABLE[one.treat_as].letter, one.letter)

    def test_round_policies_see_what_the_next_member_is_asked_after(self) -> None:
        """What ends a round without a good response is not told the client behind its round policy's back."""
        known = Known(memory=ExistenceMemory(), saved_state=SavedState())
        for name, one in CALL_CLASSES.items():
            if one.letter in ("R", "N"):
                self.assertLessEqual(one.statuses, one.round_policy(known).statuses, name)

    def test_what_only_sleeps_gets_no_write(self) -> None:
        """Whatever goes on elsewhere is not sent to a member that would act on it when it wakes."""
        for name, one in CALL_CLASSES.items():
            self.assertLessEqual(one.moves_on, one.awake_only, name)
            self.assertLessEqual(one.awake_only, one.needs_database, name)
