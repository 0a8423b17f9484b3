"""What every test shares: property tests draw the same examples every time, but those of `make fuzz`."""

from hypothesis import HealthCheck, settings

settings.register_profile("same every time", derandomize=True, deadline=None, max_examples=60)
settings.register_profile(
    "quick fuzz", settings.get_profile("same every time"), max_examples=12, suppress_health_check=list(HealthCheck)
)
settings.register_profile(
    "long fuzz", deadline=None, max_examples=400, suppress_health_check=list(HealthCheck), print_blob=True
)
settings.load_profile("same every time")
