"""L{Orphan}: a payload that a Tessera stored and that no transaction will ever refer to.

C{/send}, C{/sendraw} and C{/storeraw} make another key each time; GoQuorum uses the one that it is given.
"""

from __future__ import annotations

from quorumha.events import Orphan
from quorumha.http.forward.round_policy import Response
from quorumha.http.wire.messages import RequestHead
from quorumha.pool.pool import Member
from quorumha.tessera.knowledge.keys import made_key


def orphan_of(listener: str, head: RequestHead, member: Member, response: Response) -> Orphan | None:
    """What a response that came too late says was made.

    @param head: the request's.
    @return: None: it names no key.
    """
    key = made_key(response.head, response.body, True)
    if key is None:
        return None
    path = head.target.partition(b"?")[0].decode("latin-1")
    return Orphan(
        listener, f"{head.method.decode('ascii')} {path}", member.upstream.name, key.decode("ascii")
    )
