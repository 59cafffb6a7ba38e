"""What twistd and twist find: the C{quorumha} command.

This folder must hold no C{__init__.py}: Twisted joins the C{plugins} folders of all
distributions, and a package file here would hide Twisted's own.
"""

from twisted.application.service import ServiceMaker

quorumha = ServiceMaker(
    "quorumha",
    "quorumha.tap",
    "High availability for GoQuorum and Tessera: TCP and HTTP in front of several nodes.",
    "quorumha",
)
