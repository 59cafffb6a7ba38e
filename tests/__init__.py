"""The tests; L{tests.hypothesis_profile} holds for all of them."""

import tests.hypothesis_profile  # noqa: F401  # before any test is made
