"""L{sending_handlings}: how the calls are answered that are not reads."""

from __future__ import annotations

from quorumha.goquorum.decide.known_filters import KnownFilters
from quorumha.goquorum.forward.account_calls import AccountCalls, CountCalls
from quorumha.goquorum.forward.accounts import Accounts
from quorumha.goquorum.forward.filters import FilterCalls, NewFilters
from quorumha.goquorum.forward.hash_lookup import HashLookup
from quorumha.goquorum.forward.member_by_member import (
    MemberByMember,
    accounts_member,
    first_usable,
    first_writable,
    in_turn,
)
from quorumha.goquorum.forward.reads import Reads
from quorumha.goquorum.forward.reply import Handling
from quorumha.goquorum.forward.signed_calls import SignedCalls
from quorumha.goquorum.forward.spread import Spread


def sending_handlings(
    accounts: Accounts, reads: Reads, known: KnownFilters, spread: Spread | None
) -> dict[str, Handling]:
    """By class.

    @param spread: None: C{acknowledge = "at-once"}.
    """
    asker, waits = accounts.asker, accounts.waits
    pool = asker.pool
    nobodys = MemberByMember(asker, waits, first_writable(pool))
    once = MemberByMember(asker, waits, in_turn(pool))
    filters = FilterCalls(reads, known)
    signed = SignedCalls(HashLookup(asker), waits, once, spread)
    return {
        "account": AccountCalls(accounts, nobodys, spread),
        "count": CountCalls(accounts, MemberByMember(asker, waits, first_usable(pool), repeats=True)),
        "sign": MemberByMember(asker, waits, accounts_member(accounts), repeats=True),
        "signed": signed,
        "signed-private": signed,
        "filter-new": NewFilters(filters),
        "filter": filters,
        "once": once,
        "never": MemberByMember(asker, waits, first_usable(pool)),
    }
