"""Between client and upstreams: one request through attempts, retry rounds and waiting to one response."""
