"""The table of nodes' errors."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.goquorum.knowledge.node_errors import NODE_ERRORS, Verdict


class NodeErrorsTests(SynchronousTestCase):
    """What each entry has to have."""

    def test_each_has_its_source(self) -> None:
        """Where the text is made can be looked up."""
        self.assertEqual([one.text for one in NODE_ERRORS if not one.source], [])

    def test_no_text_twice(self) -> None:
        """One verdict for each."""
        texts = [(one.code, one.text) for one in NODE_ERRORS]
        self.assertEqual(sorted(set(texts)), sorted(texts))

    def test_what_is_delivered_is_not_in_it(self) -> None:
        """Only what has consequences."""
        self.assertNotIn(Verdict.DELIVER, [one.verdict for one in NODE_ERRORS])

    def test_no_pattern_matches_what_a_contract_chooses(self) -> None:
        """None begins with anything, nor with what GoQuorum writes before a contract's words."""
        for one in NODE_ERRORS:
            self.assertFalse(one.text.startswith(("*", "?", "execution", "err:")), one.text)
