"""How Hypothesis runs here: no example is wrong because the machine was busy with something else.

Everything else is as Hypothesis has it: where C{CI} is set, the examples are the same in each run.
"""

from hypothesis import HealthCheck, settings

settings.register_profile("quorumha", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("quorumha")
