"""Active checks: each member is asked now and then whether it is well, and who is not is left out.

- L{verdicts<quorumha.health.verdicts>}: what an answer says.  Pure.
- L{probes<quorumha.health.probes>}: one question to one member.
- L{checks<quorumha.health.checks>}: when it is asked, and what is made of the answers.
"""
