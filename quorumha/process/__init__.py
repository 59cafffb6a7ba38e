"""The process as a whole: signals, pid file, stalls, limits of its container."""
