"""HTTP clients and upstreams that do what a test says."""
