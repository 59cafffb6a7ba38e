"""The log: repeated causes folded, and lines written by a thread, to files that are bounded.

Whoever logs does as ever, by C{twisted.logger}; what may repeat says so with a C{fold}: see
L{quorumha.logs.folding}.
"""
