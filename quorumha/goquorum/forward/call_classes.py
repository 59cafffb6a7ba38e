"""L{sending_handlings}: how the calls are answered that are for an account's member, or may be sent once."""

from __future__ import annotations

from quorumha.goquorum.forward.account_calls import AccountCalls, CountCalls, Spreads
from quorumha.goquorum.forward.accounts import Accounts
from quorumha.goquorum.forward.member_by_member import (
    MemberByMember,
    accounts_member,
    first_usable,
    first_writable,
    in_turn,
)
from quorumha.goquorum.forward.reply import Handling


def sending_handlings(accounts: Accounts, spreads: Spreads | None) -> dict[str, Handling]:
    """By class.

    @param spreads: see L{AccountCalls}.
    """
    asker, waits = accounts.asker, accounts.waits
    pool = asker.pool
    nobodys = MemberByMember(asker, waits, first_writable(pool))
    return {
        "account": AccountCalls(accounts, nobodys, spreads),
        "count": CountCalls(accounts, MemberByMember(asker, waits, first_usable(pool), repeats=True)),
        "sign": MemberByMember(asker, waits, accounts_member(accounts), repeats=True),
        "once": MemberByMember(asker, waits, in_turn(pool)),
        "never": MemberByMember(asker, waits, first_usable(pool)),
    }
