"""C{python -m tests.integration.side_by_side}: nginx with its recipe and quorumha on simulated nodes.

Each proxy has nodes, a database and clients of its own, in the same trouble at the same time.
"""
