"""The log: facts as lines, repeated causes folded, written by a thread, to files that are bounded."""
