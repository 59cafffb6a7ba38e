"""Pieces in their places of a template."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase
from twisted.web.error import FlattenerError
from twisted.web.template import XMLString, flattenString

from quorumha.admin.page.piece import MARK, Piece, PieceElement, Turns, lines, template
from tests.admin.turning import Turning

NAMESPACE = 'xmlns:t="http://twistedmatrix.com/ns/twisted.web.template/0.1"'
LIST = f"""<ul {NAMESPACE}><li t:render="things"><t:attr name="class">a <t:slot name="kind"/></t:attr>
<t:slot name="text"/><b t:render="marks">!</b></li></ul>"""


class PieceTests(SynchronousTestCase):
    """C{PieceElement}."""

    def setUp(self) -> None:
        self.clock = Turning()

    def rendered(self, template: str, piece: Piece, size: int = 25) -> bytes:
        element = PieceElement(XMLString(template), piece, Turns(self.clock, size))
        return self.successResultOf(flattenString(None, element)).replace(b"\n", b"")

    def thing(self, text: str, kind: str = "x", marks: int = 0) -> Piece:
        return Piece({"text": text, "kind": kind}, {"marks": [MARK] * marks})

    def test_repeated(self) -> None:
        """Each has its own texts, and its own pieces."""
        piece = Piece({}, {"things": [self.thing("1"), self.thing("2", marks=2)]})
        expected = b'<ul><li class="a x">1</li><li class="a x">2<b>!</b><b>!</b></li></ul>'
        self.assertEqual(self.rendered(LIST, piece), expected)

    def test_none(self) -> None:
        self.assertEqual(self.rendered(LIST, Piece({}, {"things": []})), b"<ul></ul>")

    def test_escaped(self) -> None:
        """In texts and in attributes."""
        piece = Piece({}, {"things": [self.thing("<script>&", kind='"><i onload="x')]})
        expected = b'<ul><li class="a &quot;&gt;&lt;i onload=&quot;x">&lt;script&gt;&amp;</li></ul>'
        self.assertEqual(self.rendered(LIST, piece), expected)

    def test_no_text_is_forgotten(self) -> None:
        """A slot without a text is a mistake, not a gap."""
        piece = Piece({}, {"things": [Piece({"kind": "x"}, {"marks": []})]})
        element = PieceElement(XMLString(LIST), piece, Turns(self.clock))
        self.failureResultOf(flattenString(None, element), FlattenerError)

    def test_in_turns(self) -> None:
        """After so many pieces other things get their turn."""
        piece = Piece({}, {"things": lines_of(self, 5)})
        element = PieceElement(XMLString(LIST), piece, Turns(self.clock, 2))
        made = flattenString(None, element)
        for _ in range(2):
            self.assertNoResult(made)
            self.clock.next_turn()
        self.assertEqual(self.successResultOf(made).count(b"<li"), 5)

    def test_lines(self) -> None:
        self.assertEqual(lines(["a", "b"], "tag"), [Piece({"tag": "a"}), Piece({"tag": "b"})])

    def test_template_of_the_page(self) -> None:
        """It is there, and is XML."""
        self.assertEqual([tag.tagName for tag in template().load()], ["html"])


def lines_of(test: PieceTests, number: int) -> list[Piece]:
    """So many pieces for L{LIST}."""
    return [test.thing(str(place)) for place in range(number)]
