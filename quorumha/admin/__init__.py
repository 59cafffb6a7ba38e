"""What an operator sees of a running process, and asks of it.  It knows the process by L{running} alone."""
