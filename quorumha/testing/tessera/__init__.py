"""Simulated Tessera nodes."""
