"""The HTTP engine: one request, through one or more attempts, to one answer.

Read L{quorumha.http.messages} first, then L{quorumha.http.forwarding}.
"""
