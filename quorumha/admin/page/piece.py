"""L{Piece}: what one piece of the page shows; and how the template shows it.

The template says where: C{<t:slot name="x"/>} is the text C{x} of a piece, and a tag with C{t:render="y"} is
there once for each of its pieces C{y}.  So pure functions decide what is shown, and one place escapes it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from attrs import Factory, frozen
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.python.filepath import FilePath
from twisted.web.iweb import IRenderable, IRequest, ITemplateLoader
from twisted.web.template import Flattenable, Tag, TagLoader, XMLFile, tags
from zope.interface import implementer

FOLDER = Path(__file__).parent


@frozen
class Piece:
    """Texts and further pieces, by the names that the template gives them.

    @ivar texts: of slots; they are shown as they are, whatever they hold.
    @ivar pieces: what is there more than once, or perhaps not at all.
    """

    texts: Mapping[str, str]
    pieces: Mapping[str, Sequence[Piece]] = Factory(dict)


#: What is there, and says nothing of its own.
MARK = Piece({})


def lines(texts: Sequence[str], name: str = "line") -> list[Piece]:
    """A piece for each text."""
    return [Piece({name: text}) for text in texts]


class Turns:
    """Lets other things happen while many pieces are rendered.

    @param size: pieces that are rendered in one turn of the reactor; 25 take 2 ms.
    """

    def __init__(self, clock: IReactorTime, size: int = 25) -> None:
        self._clock = clock
        self._size = size
        self._left = size

    def place(self, element: PieceElement) -> PieceElement | Deferred[PieceElement]:
        """It, in this turn or in the next one."""
        self._left -= 1
        if self._left > 0:
            return element
        self._left = self._size
        later = Deferred[PieceElement]()
        self._clock.callLater(0, later.callback, element)
        return later


@implementer(IRenderable)
class PieceElement:
    """One piece in its tag of the template."""

    def __init__(self, loader: ITemplateLoader, piece: Piece, turns: Turns) -> None:
        self._loader = loader
        self._piece = piece
        self._turns = turns

    def lookupRenderMethod(self, name: str) -> Callable[[IRequest | None, Tag], Flattenable]:
        """What a tag with C{t:render} becomes: itself, once for each piece of that name."""
        pieces = self._piece.pieces[name]

        def render(_request: IRequest | None, tag: Tag) -> Flattenable:
            loader = TagLoader(tag)
            return (self._turns.place(PieceElement(loader, piece, self._turns)) for piece in pieces)

        return render

    def render(self, _request: IRequest | None) -> Flattenable:
        """The tag, with the texts in its slots."""
        # The texts go around the tag, not into it: it need not be copied.
        return tags.transparent(self._loader.load()).fillSlots(**self._piece.texts)


def template() -> ITemplateLoader:
    """That of the page, read from the disk."""
    loader: ITemplateLoader = XMLFile(FilePath(str(FOLDER / "page.xml")))
    loader.load()
    return loader
