"""Plain sockets without the cost of Twisted's general transports.

A proxy's cost is mostly that of its transports.  TLS and reactors that are not of the Posix kind stay with
Twisted's own.
"""
