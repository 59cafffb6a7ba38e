"""HTTP as bytes: messages, heads, chunks and what may stand in them.  Pure: no socket, no clock."""
