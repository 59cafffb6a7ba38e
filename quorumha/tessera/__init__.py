"""Tessera: its kinds, its listeners, and what only they know."""
