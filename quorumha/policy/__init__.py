"""Decisions, and nothing but decisions.

No module here knows a reactor, a transport, a socket or a clock: C{now} is an
argument, the decision is the return value.
"""
