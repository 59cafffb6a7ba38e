"""Ten minutes of everything at once.

Clients and nodes that misbehave, a log that nobody reads, a wall clock that steps, 256 descriptors:
C{python -m tests.integration.soak [--seconds 600]} runs a real C{twistd quorumha} so, and prints what came of
it.  It exits with 1 when descriptors or memory do not come back to where they were, or a request was lost
that a living node could have answered.
"""
