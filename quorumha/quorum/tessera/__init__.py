"""Tessera: its calls, who may be asked what and when again, and what an answer means.

The facts are those of the sources and measurements named in the reference documentation.
"""
