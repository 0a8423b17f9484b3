"""The von Mises law, the circle's normal law."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from kellet.evidence import Array, Points


@dataclass(frozen=True, eq=False)
class VonMises:
    r"""Von Mises laws, :math:`p(x) \propto e^{\kappa\cos(x-\mu)}` for angles x, in radians.

    direction :math:`\mu`, concentration :math:`\kappa`: (R,), or (R, d) for d independent columns, whose points are
    (R, n, d).  0 is uniform on the circle, infinity writes the direction and nothing else.  collapsed: (R,), where
    nothing could be learnt, or None.

    Points lie between -pi and pi.  Beyond a concentration of 10^6 NumPy writes wrapped normal points of variance
    1/kappa, whose circular variance is off by less than one part in a million.

    >>> law = VonMises(np.array([1.0, 1.0]), np.array([0.0, 50.0]))
    >>> law.mean, law.variance.round(4)
    (array([1., 1.]), array([1.    , 0.0101]))
    """

    direction: Array
    concentration: Array
    collapsed: NDArray[np.bool_] | None = None

    of_statistic: ClassVar[bool] = True

    @property
    def mean(self) -> Array:
        """The mean direction, in radians, like the parameters."""
        return self.direction

    @property
    def variance(self) -> Array:
        r"""The circular variance, 1 less the mean resultant length :math:`I_1(\kappa)/I_0(\kappa)`: from 0 to 1."""
        return circular_variance(self.concentration)

    def sample(self, n: int, rng: Generator) -> Points:
        direction, concentration = self.direction[:, None], self.concentration[:, None]
        size = (len(direction), n, *direction.shape[2:])
        broken = np.isnan(concentration)
        values = rng.vonmises(np.where(broken, 0.0, direction), np.where(broken, 0.0, concentration), size)
        return Points(np.where(broken, np.nan, values) if broken.any() else values)


def circular_variance(concentration: Array) -> Array:
    r""":math:`1 - I_1(\kappa)/I_0(\kappa)`, to about 13 digits at any concentration: by its series beyond 300.

    Mardia and Jupp, Directional Statistics (2000), section 3.5.4 and appendix 1.

    >>> print(circular_variance(np.array([0.0, 1.0, 1e12])))
    [1.00000000e+00 5.53610034e-01 5.00000000e-13]
    """
    from scipy.special import i0e, i1e

    kappa = np.asarray(concentration, dtype=np.float64)
    near = np.minimum(kappa, 300.0)
    close = (i0e(near) - i1e(near)) / i0e(near)
    h = 1 / np.maximum(kappa, 300.0)
    far = h * (1 / 2 + h * (1 / 8 + h * (1 / 8 + h * (25 / 128 + h * (13 / 32 + h * 1073 / 1024)))))
    return np.where(kappa < 300.0, close, far)
