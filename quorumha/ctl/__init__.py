"""Commands that ask a running process: standard library only, because a health script runs each second."""
