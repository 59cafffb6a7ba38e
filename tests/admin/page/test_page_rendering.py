"""The page as text: when it is made anew."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase
from twisted.web.error import FlattenerError
from twisted.web.template import XMLString

from quorumha.admin.page.page_rendering import Rendering
from tests.admin.status_document import document, down, listener, member, pool
from tests.admin.turning import Turning

#: After the 30 lanes it wants a text that no piece has.
MISTAKEN = """<html xmlns:t="http://twistedmatrix.com/ns/twisted.web.template/0.1">
<i t:render="lanes"/><t:slot name="no such text"/></html>"""


class RenderingTests(SynchronousTestCase):
    """C{Rendering}."""

    def setUp(self) -> None:
        self.clock = Turning()
        self.document: Any = document()
        self.rendering = Rendering(lambda: self.document, self.clock)

    def turns(self, made: Deferred[bytes]) -> int:
        """How many turns of the reactor it takes until it is made."""
        number = 1
        while not made.called:
            self.clock.next_turn()
            number += 1
        return number

    def page(self) -> bytes:
        made = self.rendering.page()
        self.turns(made)
        return self.successResultOf(made)

    def test_a_document(self) -> None:
        self.assertTrue(self.page().startswith(b"<!DOCTYPE html>\n<html"))

    def test_in_turns(self) -> None:
        """One of ten pools is made in many."""
        listeners = [listener(f"l{place}", "http", f"p{place}") for place in range(10)]
        pools = [pool(f"p{place}", *(down(f"m{one}") for one in range(4))) for place in range(10)]
        self.document = document(listeners=listeners, pools=pools)
        self.assertGreater(self.turns(self.rendering.page()), 8)

    def test_made_once_for_all(self) -> None:
        """Who asks while it is made waits for the same."""
        first, second = self.rendering.page(), self.rendering.page()
        self.turns(second)
        self.assertIs(self.successResultOf(first), self.successResultOf(second))

    def test_shared_for_a_second(self) -> None:
        """Whatever is counted meanwhile."""
        first = self.page()
        self.document = document(saved=self.document["saved"] | {"failed_over": 4711})
        self.clock.advance(0.99)
        self.assertIs(self.page(), first)
        self.clock.advance(0.01)
        self.assertIn(b"4\xe2\x80\xaf711", self.page())

    def test_states_are_never_old(self) -> None:
        """A change of state is there at once."""
        first = self.page()
        self.document = document(pools=[pool("quorum", member("goquorum-1", "draining"))])
        self.assertIn(b"Draining by the file", second := self.page())
        self.document = document(draining=True)
        self.assertNotIn(self.page(), (first, second))

    def test_mistake(self) -> None:
        """It fails at once, and the next one may be made."""
        good, self.document = self.document, {}
        self.assertRaises(KeyError, self.rendering.page)
        self.document = good
        self.page()

    def test_fails_for_all(self) -> None:
        """Nobody waits for ever for what cannot be made; the next one who asks has it tried again."""
        self.document = document(pools=[pool(f"p{place}") for place in range(30)])
        self.rendering = Rendering(lambda: self.document, self.clock, XMLString(MISTAKEN))
        for _ in range(2):
            first, second = self.rendering.page(), self.rendering.page()
            self.assertGreater(self.turns(first), 1)
            for one in (first, second):
                self.failureResultOf(one, FlattenerError)
