"""Edges joined into chains: the pieces of street between two junctions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

TOGETHER = 2**18  # chains followed together

Short = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Chains:
    """Per edge its chain, the position of its lower node and its direction; per chain its ends.

    As in `geo.network.WalkGraph`, but `first` and `last` are nodes.
    """

    of_edge: Short
    position: Short
    sign: npt.NDArray[np.int8]
    first: Short
    last: Short
    millimetres: Short


def follow_chains(lower: Short, upper: Short, length: Short, junction: Flags) -> Chains:
    """Follow every chain from both its ends, one edge a step, many chains at once.

    An edge k is two arcs: k from its lower node, k + m from its upper one. Of
    its two directions each chain keeps that of the lower start.

    Parameters
    ----------
    lower, upper, length
        Per edge its nodes and its millimetres.
    junction
        Per node whether chains end there; on every ring one does.
    """
    edges = len(lower)
    onward = _onward(lower, upper)
    along = np.flatnonzero(junction[lower]).astype(np.int32)
    against = np.flatnonzero(junction[upper]).astype(np.int32)
    count = len(along) + len(against)
    noted = _Noted.none(edges, count)
    # One array, not three: of the largest networks it goes back to the machine whole.
    start, ends_at, total = np.empty((3, count), dtype=np.int32)
    start[: len(along)] = along
    np.add(against, edges, out=start[len(along) :])
    del along, against
    for first in range(0, len(start), TOGETHER):
        arc = start[first : first + TOGETHER]
        begun = np.arange(first, first + len(arc), dtype=np.int32)
        walked = np.zeros(len(arc), dtype=np.int32)
        while len(arc):
            turned = arc >= edges
            edge = np.where(turned, arc - np.int32(edges), arc)
            before, walked = walked, walked + length[edge]
            noted.on(edge, begun, turned, before, walked)
            head = np.where(turned, lower[edge], upper[edge])
            done = junction[head]
            ends_at[begun[done]], total[begun[done]] = head[done], walked[done]
            going = ~done
            begun, walked = begun[going], walked[going]
            # Arrived at a node between two arcs, the way goes on by the one it did not come from.
            back = edge[going] + np.where(turned[going], np.int32(0), np.int32(edges))
            arc = onward[head[going]] - back
    kept = np.zeros(len(start), dtype=np.bool_)
    kept[noted.chain] = True
    number = np.cumsum(kept, dtype=np.int32) - 1
    begins = start[kept]
    ahead = begins < edges
    tail = upper[begins % edges]
    tail[ahead] = lower[begins[ahead]]
    np.take(number, noted.chain, out=noted.chain, mode="clip")
    return Chains(noted.chain, noted.position, noted.sign, tail, ends_at[kept], total[kept])


@dataclass(frozen=True, eq=False)
class _Noted:
    """Per edge the lowest start of a chain that came along, how far on, and which way."""

    chain: Short
    position: Short
    sign: npt.NDArray[np.int8]

    @classmethod
    def none(cls, edges: int, nobody: int) -> _Noted:
        chain = np.full(edges, nobody, dtype=np.int32)
        return cls(chain, np.empty_like(chain), np.empty(edges, dtype=np.int8))

    def on(self, edge: Short, begun: Short, turned: Flags, before: Short, after: Short) -> None:
        """Note who walks on which edges: how far they were before and after them."""
        # Both directions may be on one edge in one step, so one is noted after the other.
        for one, way, at in ((~turned, 1, before), (turned, -1, after)):
            better = np.flatnonzero(one & (begun < self.chain[edge]))
            here = edge[better]
            self.chain[here], self.position[here], self.sign[here] = begun[better], at[better], way


def _onward(lower: Short, upper: Short) -> Short:
    """Return per node the sum of the arcs that leave it; of a node between two, of both."""
    edges = len(lower)
    # Where more than two meet, the sum may overflow: nobody asks for it.
    sums = np.zeros(int(upper.max()) + 1, dtype=np.int32)
    for begin in range(0, edges, TOGETHER):
        some = slice(begin, begin + TOGETHER)
        arc = np.arange(begin, min(some.stop, edges), dtype=np.int32)
        np.add.at(sums, lower[some], arc)
        np.add.at(sums, upper[some], arc + np.int32(edges))
    return sums
