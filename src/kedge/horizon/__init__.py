"""Far horizons: where a loop ends and what it is after 10^13 generations, without computing each of them."""

from kedge.horizon.coarsening import Coarse, coarse, schedule
from kedge.horizon.jumps import Jump, jump, log_product
from kedge.horizon.recording import Far, far
from kedge.horizon.settled import Stationary, stationary

__all__ = ["Coarse", "Far", "Jump", "Stationary", "coarse", "far", "jump", "log_product", "schedule", "stationary"]
