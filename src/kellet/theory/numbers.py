"""What goes into a formula and what comes out of it.

``Numbers`` is anything that numpy broadcasts: a number, a list, an array. ``Array`` is the answer, of the
broadcast shape; plain numbers in give a numpy scalar out.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Numbers = ArrayLike
Array = NDArray[np.float64]


def real(numbers: Numbers) -> Array:
    """The numbers as an array of floats; arithmetic on a 0-d array gives a numpy scalar back.

    >>> real([1, 2])
    array([1., 2.])
    """
    return np.asarray(numbers, dtype=np.float64)
