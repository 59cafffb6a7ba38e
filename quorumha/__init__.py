"""High availability for GoQuorum and Tessera.

The vocabulary: I{downstream} is the client's side; an I{upstream} is one server that
may be used; a I{pool} is a named set of upstreams; a I{backup} is used only
when no primary is usable; a I{listener} accepts; a I{route} chooses a pool by
path; a I{relay} bridges bytes (layer 4) and a I{proxy} forwards requests (layer 7); one
I{attempt} has one I{outcome}, and a I{retry policy} turns it into a I{verdict}; a
I{mirror} is a copy whose answer is dropped.
"""

from quorumha.net.clock import monotonic

__all__ = ["monotonic"]
