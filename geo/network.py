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
from typing import TypeVar

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse import csgraph

from geo.chains import follow_chains
from geo.errors import NetworkError
from geo.hierarchy import Hierarchy, build_hierarchy
from geo.islands import mattering
from geo.osm import FERRY
from geo.street_network import StreetNetwork

# Weights are millimetres times 2**21: the low bits of a distance carry which
# service point it belongs to. 2**32 mm x 2**21 is the whole of a float's 53 bits.
TICK_BITS = 21
TICK = 2**TICK_BITS

Whole = npt.NDArray[np.int64]
Short = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]
Whatever = TypeVar("Whatever", bound=np.generic)

BUCKET_BITS = 15  # junctions whose arcs are sorted together, as a power of two


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
        return self._made_weights()

    def _made_weights(self) -> sparse.csr_array:
        return _weights(self.first, self.last, self.millimetres, len(self.junction_node))

    @cached_property
    def hierarchy(self) -> Hierarchy:
        """The same weights with the lesser junctions taken out, for searches of the whole."""
        # The weights are as large as the hierarchy, and only local searches need them as well.
        held = self.__dict__.get("weights")
        return build_hierarchy(self._made_weights() if held is None else held, tick=TICK)

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
    usable = (network.flags & avoid) == 0
    if not usable.any():
        raise NetworkError("error.streets_masked", file=network.source)
    edges = len(network.neighbour)
    # Mostly all: then the arrays of the network itself serve, without copies.
    some = slice(None) if usable.all() else np.flatnonzero(usable)
    lower, upper = network.lower[some], network.neighbour[some]
    length = network.millimetres[some]
    degree = _degree(lower, upper, len(network.x))
    component, component_mm = _components(lower, upper, length, degree)
    junction = _junctions(degree, component)
    chains = follow_chains(lower, upper, length, junction)
    number = np.cumsum(junction, dtype=np.int32) - 1
    return WalkGraph(
        network=network,
        avoid=avoid,
        chain=_on_all(chains.of_edge, some, edges, -1),
        position=_on_all(chains.position, some, edges, 0),
        sign=_on_all(chains.sign, some, edges, 1),
        first=number[chains.first],
        last=number[chains.last],
        millimetres=chains.millimetres,
        junction_node=np.flatnonzero(junction).astype(np.int32),
        component=component,
        component_millimetres=component_mm,
        matters=mattering(network, usable, component, component_mm),
    )


def _on_all(
    values: npt.NDArray[Whatever], some: npt.NDArray[np.intp] | slice, edges: int, other: int
) -> npt.NDArray[Whatever]:
    """Return the values of some edges as values of all."""
    if isinstance(some, slice):
        return values
    every = np.full(edges, other, dtype=values.dtype)
    every[some] = values
    return every


def _degree(lower: Short, upper: Short, nodes: int) -> Short:
    """Return how many edges every node has."""
    degree = np.bincount(lower, minlength=nodes).astype(np.int32)
    degree += np.bincount(upper, minlength=nodes).astype(np.int32)
    return degree


def _components(lower: Short, upper: Short, length: Short, degree: Short) -> tuple[Short, Whole]:
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


def _junctions(degree: Short, component: Short) -> Flags:
    """Return which nodes end chains: all but those between two edges, and one of every ring."""
    junction: Flags = (degree > 0) & (degree != 2)
    has_one = np.zeros(int(component.max()) + 1, dtype=np.bool_)
    has_one[component[junction]] = True
    between = np.flatnonzero(degree == 2)
    ring = between[~has_one[component[between]]]
    _, first = np.unique(component[ring], return_index=True)
    junction[ring[first]] = True
    return junction


def _weights(first: Short, last: Short, millimetres: Short, junctions: int) -> sparse.csr_array:
    """Return the symmetric matrix of the shortest chain between neighbouring junctions."""
    # A chain from a junction back to itself shortens nothing; points on it keep both offsets.
    chain = np.flatnonzero(first != last).astype(np.int32)
    there, back = first[chain], last[chain]
    bucket = np.concatenate([there, back]) >> BUCKET_BITS
    narrow = junctions >> BUCKET_BITS < 2**16  # small whole numbers are sorted in one pass
    order = np.argsort(bucket.astype(np.uint16) if narrow else bucket, kind="stable")
    size = 1 << BUCKET_BITS
    ends = np.cumsum(np.bincount(bucket, minlength=(junctions >> BUCKET_BITS) + 1))
    indptr = np.zeros(junctions + 1, dtype=np.int32)
    columns, ticks = np.empty(len(order), dtype=np.int32), np.empty(len(order))
    done = 0
    for number, arcs in enumerate(np.split(order.astype(np.int32), ends[:-1])):
        turned = arcs >= len(chain)
        at = np.where(turned, arcs - np.int32(len(chain)), arcs)
        row = np.where(turned, back[at], there[at])
        column, length = np.where(turned, there[at], back[at]), millimetres[chain[at]]
        by = np.lexsort((length, column, row))
        row, column, length = row[by], column[by], length[by]
        new = np.ones(len(by), dtype=np.bool_)
        new[1:] = (np.diff(row) != 0) | (np.diff(column) != 0)
        base = number * size
        own = indptr[base + 1 : base + size + 1]
        own[:] = np.bincount(row[new] - base, minlength=len(own))
        fresh = slice(done, done + int(new.sum()))
        columns[fresh] = column[new]
        np.multiply(length[new], float(TICK), out=ticks[fresh])
        done = fresh.stop
    np.cumsum(indptr, out=indptr)
    return sparse.csr_array((ticks[:done], columns[:done], indptr), shape=(junctions, junctions))
