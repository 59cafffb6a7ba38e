"""Towards the upstreams: one attempt, its connection, and the connections that are kept alive."""
