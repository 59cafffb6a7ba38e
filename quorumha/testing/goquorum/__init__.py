"""Simulated GoQuorum nodes."""
