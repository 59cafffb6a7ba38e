"""Plain sockets without the cost of Twisted's general transports.

A proxy's cost is mostly that of its transports.  These do what relays and HTTP need on a TCP or
unix socket, watched by an epoll of their own in the reactor: bytes are written at once,
an end is sent at once, a dial needs no resolver and no connector, a large stream
goes from one socket to another without being copied.  TLS and reactors that
are not of the Posix kind stay with Twisted's own.
"""
