"""Streets cut into short bits, so that questions of distance become questions of points."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from geo.street_network import StreetNetwork

BIT_METRES = 25.0


def bits_of(
    network: StreetNetwork, edges: npt.NDArray[np.int32]
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.float64]]:
    """Cut edges into bits of at most `BIT_METRES`.

    Returns
    -------
    Per bit its edge, and the coordinates (n, 2) of its middle. Whatever lies
    on a bit lies within half of `BIT_METRES` of its middle.
    """
    count = np.maximum(np.ceil(network.millimetres[edges] / (BIT_METRES * 1000)), 1)
    count = count.astype(np.int64)
    of_bit = np.repeat(edges, count)
    number = np.arange(len(of_bit)) - np.repeat(np.cumsum(count) - count, count)
    share = (number + 0.5) / np.repeat(count, count)
    a, b = network.lower[of_bit], network.neighbour[of_bit]
    middle = np.empty((len(of_bit), 2))
    middle[:, 0] = network.x[a] + share * (network.x[b] - network.x[a])
    middle[:, 1] = network.y[a] + share * (network.y[b] - network.y[a])
    return of_bit, middle
