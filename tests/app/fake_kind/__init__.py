"""A kind that nothing else knows of: a listener that greets, and a check that knocks."""
