"""The graph that walks run on: masked for a walker, contracted, islands told apart.

A node with just two neighbours is no decision: the pieces between two
*junctions* (crossings, dead ends) are joined into one *chain*, and searches run
on junctions and chains alone. Nothing is lost: every edge knows its chain and
its position along it, so a point on an edge keeps its distances to both ends.

Some pieces are cut off from the rest; `geo.islands` says which of them matter.
What does not matter never captures a point.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse import csgraph

from geo.errors import NetworkError
from geo.hierarchy import Hierarchy, build_hierarchy
from geo.islands import mattering
from geo.osm import FERRY
from geo.streets import StreetNetwork

# Weights are millimetres times 2**21: the low bits of a distance carry which
# service point it belongs to. 2**32 mm x 2**21 is the whole of a float's 53 bits.
TICK_BITS = 21
TICK = 2**TICK_BITS

Whole = npt.NDArray[np.int64]
Short = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class WalkGraph:
    """The part of a network one walker can use, as junctions and chains.

    Parameters
    ----------
    network
        The streets.
    avoid
        Flags of the edges the walker cannot use.
    chain
        Per edge of the network its chain, -1 where the walker cannot go.
    position
        Per edge the millimetres from the chain's first end to the edge's
        lower node.
    sign
        Per edge +1 when the chain runs from its lower to its upper node, else -1.
    first, last, millimetres
        Per chain its end junctions and its length.
    junction_node
        Per junction its node of the network.
    component
        Per node the number of its component, -1 on no usable edge.
    component_millimetres
        Per component its length of street.
    matters
        Per component whether it is large enough to carry walks.
    """

    network: StreetNetwork
    avoid: int
    chain: Short
    position: Short
    sign: npt.NDArray[np.int8]
    first: Short
    last: Short
    millimetres: Short
    junction_node: Short
    component: Short
    component_millimetres: Whole
    matters: Flags

    def __repr__(self) -> str:
        return (
            f"<WalkGraph of {self.network.source}: {len(self.junction_node):,} junctions, "
            f"{len(self.first):,} chains, {int(self.matters.sum())} of {len(self.matters)} "
            "components matter>"
        )

    @cached_property
    def weights(self) -> sparse.csr_array:
        """Symmetric sparse matrix junctions x junctions, millimetres x `TICK`."""
        return _weights(self.first, self.last, self.millimetres, len(self.junction_node))

    @cached_property
    def hierarchy(self) -> Hierarchy:
        """The same weights with the lesser junctions taken out, for searches of the whole."""
        return build_hierarchy(self.weights, tick=TICK)

    @cached_property
    def captures(self) -> Flags:
        """Per edge whether a point may stand on it: not on islands, not on a boat."""
        usable = self.chain >= 0
        usable &= (self.network.flags & FERRY) == 0
        usable[usable] = self.matters[self.component[self.network.neighbour[usable]]]
        return usable


def walk_graph(network: StreetNetwork, *, avoid: int = 0) -> WalkGraph:
    """Return the graph of the edges without any flag of `avoid`, prepared once.

    Raises
    ------
    NetworkError
        No edge is left.
    """
    # Edge flags alone decide the graph, and most networks carry few of them.
    key = ("graph", avoid)
    if key not in network.prepared:
        network.prepared[key] = _walk_graph(network, avoid)
    graph: WalkGraph = network.prepared[key]
    return graph


def _walk_graph(network: StreetNetwork, avoid: int) -> WalkGraph:
    usable = np.flatnonzero((network.flags & avoid) == 0)
    if not len(usable):
        raise NetworkError("error.streets_masked", file=network.source)
    lower, upper = network.lower[usable], network.neighbour[usable]
    length = network.millimetres[usable]
    nodes = len(network.x)
    degree = np.bincount(lower, minlength=nodes) + np.bincount(upper, minlength=nodes)
    component, component_mm = _components(lower, upper, length, degree)
    junction = _junctions(degree, component)
    chains = _chains(lower, upper, length, junction)
    number = np.cumsum(junction, dtype=np.int32) - 1
    edges = len(network.neighbour)
    chain = np.full(edges, -1, dtype=np.int32)
    position = np.zeros(edges, dtype=np.int32)
    sign = np.ones(edges, dtype=np.int8)
    chain[usable], position[usable], sign[usable] = chains.of_edge, chains.position, chains.sign
    return WalkGraph(
        network=network,
        avoid=avoid,
        chain=chain,
        position=position,
        sign=sign,
        first=number[chains.first],
        last=number[chains.last],
        millimetres=chains.millimetres,
        junction_node=np.flatnonzero(junction).astype(np.int32),
        component=component,
        component_millimetres=component_mm,
        matters=mattering(network, usable, component[lower], component_mm),
    )


def _components(lower: Short, upper: Short, length: Short, degree: Whole) -> tuple[Short, Whole]:
    """Return the component of every node and the millimetres of street in each."""
    nodes = len(degree)
    links = sparse.coo_array((np.ones(len(lower), dtype=np.int8), (lower, upper)), (nodes, nodes))
    _, label = csgraph.connected_components(links, directed=False)
    # Nodes without an edge are no component; the others are numbered in order of their nodes.
    on_street = degree > 0
    kept = np.unique(label[on_street])
    number = np.full(int(label.max()) + 1, -1, dtype=np.int32)
    number[kept] = np.arange(len(kept), dtype=np.int32)
    component = number[label]
    total = np.bincount(component[lower], weights=length, minlength=len(kept))
    return component, total.astype(np.int64)


def _junctions(degree: Whole, component: Short) -> Flags:
    """Return which nodes end chains: all but those between two edges, and one of every ring."""
    junction: Flags = (degree > 0) & (degree != 2)
    has_one = np.zeros(int(component.max()) + 1, dtype=np.bool_)
    has_one[component[junction]] = True
    between = np.flatnonzero(degree == 2)
    ring = between[~has_one[component[between]]]
    _, first = np.unique(component[ring], return_index=True)
    junction[ring[first]] = True
    return junction


@dataclass(frozen=True, eq=False)
class _Chains:
    of_edge: Short
    position: Short
    sign: npt.NDArray[np.int8]
    first: Short
    last: Short
    millimetres: Short


def _chains(lower: Short, upper: Short, length: Short, junction: Flags) -> _Chains:
    """Follow every chain from both its ends at once, one edge a step.

    An edge k is two arcs: k from its lower node, k + m from its upper one. All
    chains advance together; the number of steps is that of the longest chain.
    """
    edges = len(lower)
    tail, head = np.concatenate([lower, upper]), np.concatenate([upper, lower])
    onward = _onward(lower, upper)
    origin = np.empty(2 * edges, dtype=np.int32)
    before = np.empty(2 * edges, dtype=np.int32)
    start = np.flatnonzero(junction[tail]).astype(np.int32)
    ends_at, total = np.empty_like(start), np.empty_like(start)
    arc, begun = start, np.arange(len(start), dtype=np.int32)
    walked = np.zeros(len(start), dtype=np.int32)
    while len(arc):
        origin[arc], before[arc] = begun, walked
        walked = walked + length[arc % edges]
        done = junction[head[arc]]
        ends_at[begun[done]], total[begun[done]] = head[arc[done]], walked[done]
        going = ~done
        begun, walked, came = begun[going], walked[going], arc[going]
        # Arrived at a node between two arcs, the way goes on by the one it did not come from.
        back = np.where(came < edges, came + edges, came - edges)
        arc = onward[head[came]] - back
    # Of its two directions each chain keeps that of the lower start.
    there, back = origin[:edges], origin[edges:]
    along = there < back
    kept = np.zeros(len(start), dtype=np.bool_)
    kept[np.where(along, there, back)] = True
    number = np.cumsum(kept, dtype=np.int32) - 1
    return _Chains(
        of_edge=number[np.where(along, there, back)],
        position=np.where(along, before[:edges], before[edges:] + length),
        sign=np.where(along, np.int8(1), np.int8(-1)),
        first=tail[start[kept]],
        last=ends_at[kept],
        millimetres=total[kept],
    )


def _onward(lower: Short, upper: Short) -> Short:
    """Return per node the sum of the arcs that leave it; of a node between two, of both."""
    nodes, edges = int(upper.max()) + 1, len(lower)
    number = np.arange(edges, dtype=np.float64)
    sums = np.bincount(lower, weights=number, minlength=nodes)
    number += edges
    sums += np.bincount(upper, weights=number, minlength=nodes)
    return np.where(sums < 2**31, sums, 0).astype(np.int32)


def _weights(first: Short, last: Short, millimetres: Short, junctions: int) -> sparse.csr_array:
    """Return the symmetric matrix of the shortest chain between neighbouring junctions."""
    # A chain from a junction back to itself shortens nothing; points on it keep both offsets.
    open_ended = first != last
    a, b, length = first[open_ended], last[open_ended], millimetres[open_ended]
    row, column = np.concatenate([a, b]), np.concatenate([b, a])
    length = np.concatenate([length, length])
    key = row * np.int64(junctions) + column
    order = np.lexsort((length, key))
    shortest = order[np.flatnonzero(np.diff(key[order], prepend=-1))]
    indptr = np.zeros(junctions + 1, dtype=np.int32)
    np.cumsum(np.bincount(row[shortest], minlength=junctions), out=indptr[1:])
    data = length[shortest] * float(TICK)
    return sparse.csr_array((data, column[shortest], indptr), shape=(junctions, junctions))
