"""Tessera's party infos: to all members, each once, none lost."""
