"""L{CallOverride}: what an operator writes of some calls."""

# No postponed annotations here: the reader of tables looks at the types themselves.
import re
from functools import partial
from typing import Annotated

from attrs import NOTHING, Factory, frozen

from quorumha.config.spelling import show
from quorumha.config.types import Match, UrlPath, derived, setting
from quorumha.config.values import one_of, text
from quorumha.tessera.decide.call_class import WRITABLE


def method(value: object) -> str:
    """An HTTP method, or "*"."""
    word = text(value)
    if not re.fullmatch(r"[A-Z]{1,20}|\*", word):
        raise ValueError(f'{show(value)} is not a method in capitals, such as POST, and not "*"')
    return word


#: An HTTP method, or "*".
Method = Annotated[str, "method", method]
#: A name in L{WRITABLE}.
TreatAs = Annotated[str, ", ".join(f"`{name}`" for name in WRITABLE), partial(one_of, choices=(*WRITABLE,))]


@frozen
class CallOverride:
    """Calls of Tessera to be treated otherwise: an element of such a listener's `routes`."""

    path: UrlPath = setting(NOTHING, "The path, from its first slash.")
    match: Match = setting(
        "exact", "Whether `path` is the whole path (`exact`), or every path below it too (`prefix`)."
    )
    method: Method = setting("*", "The method; `*` means all that the path has.")
    treat_as: TreatAs | None = setting(None, "What may be done with it; see the table of calls.")
    keys: dict[str, object] = derived(Factory(dict), "The keys of forwarding that it has.")

    @property
    def exact(self) -> bool:
        """Only this path; else every path below it, too."""
        return self.match == "exact"
