"""What an operator writes of some calls."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.config.values import reader_of
from quorumha.tessera.decide.call_class import PLAIN, WRITABLE
from quorumha.tessera.decide.call_plan import CallOverride, Method, TreatAs


class CallOverrideTests(SynchronousTestCase):
    """L{CallOverride}."""

    def test_treat_as(self) -> None:
        """Every class but the plain one, which other keys ask for; the nearest one is told."""
        read = reader_of(TreatAs)
        self.assertEqual([read(name) for name in WRITABLE], list(WRITABLE))
        error = self.assertRaises(ValueError, read, PLAIN.treat_as)
        self.assertIn("'plain' is not one of read, lookup, start-up, new", str(error))
        self.assertIn("party-info", str(self.assertRaises(ValueError, read, "party_info")))

    def test_method(self) -> None:
        read = reader_of(Method)
        self.assertEqual([read(method) for method in ("POST", "*")], ["POST", "*"])
        for wrong in ("post", "", "P T", 7):
            self.assertRaises(ValueError, read, wrong)

    def test_exact(self) -> None:
        self.assertEqual(
            [CallOverride("/x").exact, CallOverride("/x", "prefix").exact, CallOverride("/x").method],
            [True, False, "*"],
        )
