"""Sockets and connections in memory."""
