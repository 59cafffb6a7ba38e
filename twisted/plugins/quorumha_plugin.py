"""Makes C{twistd quorumha} known."""

from twisted.application.service import ServiceMaker

quorumha = ServiceMaker(
    "quorumha",
    "quorumha.tap",
    "High availability for GoQuorum and Tessera: a proxy that knows what they say.",
    "quorumha",
)
