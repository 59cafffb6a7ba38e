"""What happens to the nodes, said once for both proxies."""

from __future__ import annotations

from typing import Literal

from attrs import frozen

#: What can be done to a node: methods of L{tests.integration.side_by_side.nodes.Node}, and of real ones.
Action = Literal[
    "kill", "start", "start_slowly", "hang", "go_on", "lose_database", "silence_database", "find_database"
]

#: Seconds after the load's beginning, what, and to which node (0 or 1).
Events = tuple[tuple[float, Action, int], ...]


@frozen
class Scenario:
    """One kind of trouble.

    @ivar said: for the page: what is done, and when.
    @ivar seconds: how long the load lasts.
    @ivar events: see L{Events}.
    @ivar outsiders: a fifth of the transactions in blocks are other parties' own.
    @ivar interval: seconds between two party infos of the other party.
    @ivar limit: seconds that GoQuorum waits for Tessera: 5 as C{PRIVATE_CONFIG} has it; None: without end,
        as C{--ptm.socket} does.
    @ivar restart: when the proxy is asked to end, and started anew as soon as it has.
    @ivar kept: the proxy's sockets are held by somebody else, as systemd does it; nginx cannot do that.
    @ivar later: from this second on figures count for a row of their own, of this name.
    """

    name: str
    said: str
    seconds: float
    events: Events = ()
    outsiders: bool = False
    interval: float = 5.0
    limit: float | None = 5.0
    restart: float | None = None
    kept: bool = False
    later: tuple[float, str] | None = None

    def plays(self, arm: str) -> bool:
        """Whether this proxy can be put through it."""
        return not self.kept or arm != "nginx"


_DEAD: Events = ((3.0, "kill", 0), (18.0, "start", 0))
_HUNG_LONG: Events = ((3.0, "hang", 0), (73.0, "go_on", 0))


def _silent(until: float) -> Events:
    """Both nodes have one database."""
    return tuple(
        event
        for number in (0, 1)
        for event in ((3.0, "silence_database", number), (until, "find_database", number))
    )


def _both_dead(until: float) -> Events:
    """Killed, and started as real ones start."""
    return tuple(
        event for number in (0, 1) for event in ((3.0, "kill", number), (until, "start_slowly", number))
    )


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
        ((3.0, "hang", 0), (18.0, "go_on", 0)),
    ),
    Scenario(
        "one hung 70 s",
        "The first node is stopped after 3 s and goes on at 73 s; the load ends at 85 s.",
        85,
        _HUNG_LONG,
    ),
    Scenario(
        "one hung 70 s, no limit",
        "The same, and GoQuorum waits for Tessera without end, as with `--ptm.socket` alone.",
        85,
        _HUNG_LONG,
        limit=None,
    ),
    Scenario(
        "one without database",
        "The first node answers 500 to whatever needs its database, from 3 s to 13 s; the load ends at 20 s.",
        20,
        ((3.0, "lose_database", 0), (13.0, "find_database", 0)),
    ),
    Scenario(
        "database silent 3 s",
        "The database is away from 3 s to 6 s: both nodes answer 500 to what is under way then, and nothing"
        " to what needs it; what waits goes on when it is back. With 20 % outsiders; the load ends at 15 s.",
        15,
        _silent(6.0),
        outsiders=True,
    ),
    Scenario(
        "database silent 15 s",
        "The same, from 3 s to 18 s; the load ends at 30 s.",
        30,
        _silent(18.0),
        outsiders=True,
    ),
    Scenario(
        "one restarted",
        "The second node is killed after 3 s and started at 5 s, knowing nobody; the load ends at 20 s.",
        20,
        ((3.0, "kill", 1), (5.0, "start", 1)),
    ),
    Scenario(
        "one missed partyinfo",
        "The other party posts every 20 s: just before the load, and at 19 s. The second node is killed after"
        " 3 s and started at 5 s; the first one is killed at 15 s and started at 22 s, so that the second one"
        " is alone before the next post; the load ends at 30 s.",
        30,
        ((3.0, "kill", 1), (5.0, "start", 1), (15.0, "kill", 0), (22.0, "start", 0)),
        interval=20.0,
    ),
    Scenario(
        "both dead for 20 s",
        "Both nodes are killed after 3 s and started at 23 s; they answer GoQuorum 3 s before they take a"
        " party info. The load ends at 45 s. With 20 % outsiders: blocks go on coming. What begins or happens"
        " from 23 s on is counted as “both back”.",
        45,
        _both_dead(23.0),
        outsiders=True,
        later=(23.0, "both back"),
    ),
    Scenario(
        "both away 28 s",
        "The same, started at 31 s, and GoQuorum waits for Tessera without end; the load ends at 55 s. From"
        " 31 s on: “both back after 28 s”.",
        55,
        _both_dead(31.0),
        outsiders=True,
        limit=None,
        later=(31.0, "both back after 28 s"),
    ),
    Scenario(
        "proxy restarted",
        "The proxy is asked to end after 5 s (SIGTERM, `nginx -s quit`), and started anew when it has; an"
        " application is connected through a TCP relay of it, and says nothing. With 20 % outsiders; the load"
        " ends at 20 s.",
        20,
        outsiders=True,
        restart=5.0,
    ),
    Scenario(
        "proxy restarted, kept sockets",
        "The same, with sockets that systemd keeps. nginx does not know its protocol.",
        20,
        outsiders=True,
        restart=5.0,
        kept=True,
    ),
)

#: For a quick look, and for the test of this package: one death, seconds only.
SMOKE = Scenario(
    "smoke", "The first node is killed after 1 s, with outsiders.", 4, ((1.0, "kill", 0),), outsiders=True
)

BY_NAME = {one.name: one for one in (*SCENARIOS, SMOKE)}
