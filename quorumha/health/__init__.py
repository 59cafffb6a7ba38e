"""Active checks: each member is probed now and then, and who is not healthy is down until it recovers.

- L{verdicts<quorumha.health.verdicts>}: what an answer says.  Pure.
- L{probes<quorumha.health.probes>}: one probe of one member.
- L{checks<quorumha.health.checks>}: when it is probed, and what follows.
"""
