"""Simulated databases, the Patronis beside them, and a client that writes rows."""
