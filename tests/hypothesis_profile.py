"""How Hypothesis runs here: no example is wrong because the machine was busy with something else."""

from hypothesis import HealthCheck, settings

settings.register_profile("quorumha", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("quorumha")
