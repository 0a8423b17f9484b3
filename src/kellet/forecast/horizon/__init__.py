"""Far horizons: where a loop ends and what it is after 10^13 generations, without computing each of them."""

from kellet.forecast.horizon.coarsening import Coarse, coarse, schedule
from kellet.forecast.horizon.jumps import Jump, jump, log_product
from kellet.forecast.horizon.recording import Far, far
from kellet.forecast.horizon.stationary import Stationary, stationary

__all__ = ["Coarse", "Far", "Jump", "Stationary", "coarse", "far", "jump", "log_product", "schedule", "stationary"]
