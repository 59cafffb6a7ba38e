"""The classes of methods: where a call goes, and what follows when no answer came.  Words, for people."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import frozen


@frozen
class MethodClass:
    """What is done with the calls of one class.

    @ivar treat_as: its name in a file.
    @ivar goes_to: which member gets them.
    @ivar unanswered: what follows when a member that got one did not answer.
    """

    treat_as: str
    goes_to: str
    unanswered: str


#: After a call that is never sent to a second member once a byte of it was sent.
ONCE = "never sent again: -32051"
#: Where class C{never} goes where C{allow} names the method.
FIRST = "the first usable member"
_NEXT = "next member"

#: By C{treat_as}, in the order of the reference.
METHOD_CLASSES: Mapping[str, MethodClass] = {
    one.treat_as: one
    for one in (
        MethodClass("read", "any member, in turn", _NEXT),
        MethodClass("read-at", "a member that has the block that is named", _NEXT),
        MethodClass("lookup", "as read-at; null is believed of the highest member", _NEXT),
        MethodClass("own", "any member, rather the client's last one", _NEXT),
        MethodClass("count", "the account's member", "the account's next member"),
        MethodClass("account", "the account's member", ONCE),
        MethodClass("sign", "the account's member", _NEXT),
        MethodClass("signed", "any member that takes transactions", "looked up by hash, then next member"),
        MethodClass(
            "signed-private",
            "any member that takes transactions",
            "looked up by hash, never sent again: -32051",
        ),
        MethodClass("filter-new", "any member, in turn; it is remembered", _NEXT),
        MethodClass("filter", "the member that made the filter", '-32000 "filter not found"'),
        MethodClass(
            "subscribe", "a member with a WebSocket, over a WebSocket", "subscribed again at another one"
        ),
        MethodClass("once", "any member, in turn", ONCE),
        MethodClass("never", f"nobody; where `allow` names it, {FIRST}", ONCE),
    )
}
