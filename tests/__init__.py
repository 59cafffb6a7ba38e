"""The tests; L{tests.conftest} says how they are run."""
