"""What happens to the nodes, said once for both proxies."""

from __future__ import annotations

from collections.abc import Callable

from attrs import field, frozen

from tests.integration.side_by_side.nodes import Node

Action = Callable[[Node], None]


@frozen
class Scenario:
    """One kind of trouble.

    @ivar said: for the page: what is done, and when.
    @ivar seconds: how long the load lasts.
    @ivar events: seconds after its beginning, what, and to which node (0 or 1).
    @ivar outsiders: a fifth of the transactions in blocks are other parties' own.
    @ivar interval: seconds between two party infos of the other party.
    @ivar later: from this second on figures count for a row of their own, of this name.
    """

    name: str
    said: str
    seconds: float
    events: tuple[tuple[float, Action, int], ...] = ()
    outsiders: bool = False
    interval: float = 5.0
    later: tuple[float, str] | None = field(default=None)


_DEAD = ((3.0, Node.kill, 0), (18.0, Node.start, 0))

SCENARIOS = (
    Scenario("nothing", "All is well for 15 s.", 15),
    Scenario(
        "one dead",
        "The first node is killed after 3 s and started anew at 18 s; the load ends at 27 s.",
        27,
        _DEAD,
    ),
    Scenario(
        "one dead, 20 % outsiders",
        "The same, and a fifth of the transactions in blocks are other parties' own: every node says 404.",
        27,
        _DEAD,
        outsiders=True,
    ),
    Scenario(
        "one hung",
        "The first node is stopped (SIGSTOP) after 3 s and goes on at 18 s; the load ends at 27 s.",
        27,
        ((3.0, Node.hang, 0), (18.0, Node.go_on, 0)),
    ),
    Scenario(
        "one without database",
        "The first node answers 500 to whatever needs its database, from 3 s to 13 s; the load ends at 20 s.",
        20,
        ((3.0, Node.lose_database, 0), (13.0, Node.find_database, 0)),
    ),
    Scenario(
        "one restarted",
        "The second node is killed after 3 s and started at 5 s, knowing nobody; the load ends at 20 s.",
        20,
        ((3.0, Node.kill, 1), (5.0, Node.start, 1)),
    ),
    Scenario(
        "one missed partyinfo",
        "The other party posts every 20 s: just before the load, and at 19 s. The second node is killed after"
        " 3 s and started at 5 s; the first one is killed at 15 s and started at 22 s, so that the second one"
        " is alone before the next post; the load ends at 30 s.",
        30,
        ((3.0, Node.kill, 1), (5.0, Node.start, 1), (15.0, Node.kill, 0), (22.0, Node.start, 0)),
        interval=20.0,
    ),
    Scenario(
        "both dead for 20 s",
        "Both nodes are killed after 3 s and started at 23 s; the load ends at 45 s. With 20 % outsiders:"
        " blocks go on coming. What begins or happens from 23 s on is counted as “both back”.",
        45,
        ((3.0, Node.kill, 0), (3.0, Node.kill, 1), (23.0, Node.start, 0), (23.0, Node.start, 1)),
        outsiders=True,
        later=(23.0, "both back"),
    ),
)

#: For a quick look, and for the test of this package: one death, seconds only.
SMOKE = Scenario(
    "smoke", "The first node is killed after 1 s, with outsiders.", 4, ((1.0, Node.kill, 0),), outsiders=True
)

BY_NAME = {one.name: one for one in (*SCENARIOS, SMOKE)}
