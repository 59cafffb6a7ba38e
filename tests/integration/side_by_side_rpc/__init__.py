"""nginx (round robin) and quorumha before GoQuorum nodes with one key store, put through the same trouble.

C{python -m tests.integration.side_by_side_rpc}; its table is in docs/explanation/json-rpc-side-by-side.md.
The nodes are simulated, in a process of their own, at real ports.
"""
