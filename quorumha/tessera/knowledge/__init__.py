"""Tessera's calls and formats, as tables and parsers with their sources."""
