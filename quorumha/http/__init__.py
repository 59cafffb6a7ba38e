"""The HTTP engine: one request, through one or more attempts, to one answer.

Read L{quorumha.http.wire.messages} first, then L{quorumha.http.forward.request}.
"""
