"""Four ways to a pair of databases, put through the same trouble: who writes to which, and what is lost.

C{python -m tests.integration.side_by_side_database}; its table is in
docs/explanation/database-side-by-side.md.  The pair is a real one (L{tests.integration.database_pair}), and
so are clients and proxies.
"""
