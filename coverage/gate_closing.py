"""Who depends on a gate: residents whose answer changes when the gates are closed.

Closing a gate cuts the street at its node; both sides keep their houses and
their way to the gate. So residents and services stay where they stand, walled
in or not, and only the way through is gone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from coverage.search import Nearest, nearest
from coverage.search_pairs import pairs
from coverage.standard import Standard, counting
from coverage.walking import WALKER, Walks
from geo.network import WalkGraph, walk_graph
from geo.osm import GATE
from geo.place import Place
from geo.points import Points, metric_points
from geo.snapping import OnStreets, at_nodes, on_streets
from geo.street_network import StreetNetwork, row_starts

Rows = npt.NDArray[np.intp]
Flags = npt.NDArray[np.bool_]
Nodes = npt.NDArray[np.int32]


def gate_nodes(graph: WalkGraph) -> Nodes:
    """Return the nodes that stand for gates: passable, and every edge there flagged."""
    network = graph.network
    usable = graph.captures
    ends = np.concatenate([network.lower[usable], network.neighbour[usable]])
    flagged = np.tile((network.flags[usable] & GATE) > 0, 2)
    degree = np.bincount(ends, minlength=len(network.x))
    gates = np.bincount(ends[flagged], minlength=len(network.x))
    return np.flatnonzero((degree > 1) & (gates == degree)).astype(np.int32)


def gate_dependents(place: Place, walks: Walks, standard: Standard) -> Iterator[tuple[int, Rows]]:
    """Return every gate that matters: its node, and the rows of the residents who depend on it.

    A resident depends on a gate when a nearest walk of theirs leads through it
    and, with all gates closed, ends at another service point or no longer
    covers them.

    Parameters
    ----------
    place
        A place; one without streets has no gates.
    walks
        Its walks under `standard`.
    standard
        The question.
    """
    network = place.streets
    if network is None or not len(gates := gate_nodes(walk_graph(network))):
        return
    cut = closed_at(network, gates)
    named = {standard.walker_for(place.taxonomy[code]) for code in walks.categories}
    depends = np.zeros((len(gates), len(place.residents)), dtype=np.bool_)
    for avoid in sorted({WALKER[name].avoid for name in named}):
        depends |= _users(place, cut, gates, walks, standard, avoid)
    for gate in np.flatnonzero(depends.any(axis=1)):
        yield int(gates[gate]), np.flatnonzero(depends[gate])


@dataclass(frozen=True, eq=False)
class Closed:
    """A network cut at some nodes.

    `before` is the network as it was; `edge` gives the new number of every
    edge of it, `flipped` whether its lower node has become the upper one.
    """

    before: StreetNetwork
    network: StreetNetwork
    edge: npt.NDArray[np.int32]
    flipped: Flags

    def moved(self, points: OnStreets, to: WalkGraph) -> OnStreets:
        """Return points of the streets as they were at the same spots of the cut graph `to`."""
        graph, old = walk_graph(self.before, avoid=to.avoid), points.edge
        offset = (points.position - graph.position[old]) * graph.sign[old]
        length = self.before.millimetres[old]
        offset = np.where(self.flipped[old], length - offset, offset)
        new = np.where(points.placed, self.edge[old], -1).astype(np.int32)
        position = np.where(points.placed, to.position[new] + to.sign[new] * offset, 0)
        chain = np.where(points.placed, to.chain[new], -1).astype(np.int32)
        return replace(points, edge=new, chain=chain, position=position)


def closed_at(network: StreetNetwork, nodes: Nodes) -> Closed:
    """Return `network` with a node of its own for every edge that meets one of `nodes`."""
    shut = np.zeros(len(network.x), dtype=np.bool_)
    shut[nodes] = True
    ends = np.stack([network.lower, network.neighbour])
    met = shut[ends]
    from_node = np.concatenate([np.arange(len(network.x)), ends[met]])
    ends[met] = len(network.x) + np.arange(int(met.sum()), dtype=np.int32)
    low, high = ends.min(axis=0), ends.max(axis=0)
    order = np.lexsort((high, low))
    number = np.empty(len(order), dtype=np.int32)
    number[order] = np.arange(len(order), dtype=np.int32)
    cut = replace(
        network,
        x=network.x[from_node],
        y=network.y[from_node],
        indptr=row_starts(low[order], len(from_node)),
        neighbour=high[order],
        millimetres=network.millimetres[order],
        flags=network.flags[order],
        prepared={},
    )
    return Closed(network, cut, number, ends[0] > ends[1])


def _users(
    place: Place, cut: Closed, gates: Nodes, walks: Walks, standard: Standard, avoid: int
) -> Flags:
    """Return gates x residents: who depends on which, in the categories of one walker."""
    graph, after = walk_graph(cut.before, avoid=avoid), walk_graph(cut.network, avoid=avoid)
    homes = _standing(graph, place.residents, "what.residents", standard)
    ends = _standing(graph, place.service_points, "what.services", standard)
    counts = counting(place.register, place.service_points, standard).to_numpy()
    kinds = place.service_points["categories"].str.get_dummies(";").astype(bool)
    depends = np.zeros((len(gates), len(homes)), dtype=np.bool_)
    within_mm = int(walks.within_metres * 1000)
    for k, code in enumerate(walks.categories):
        category = place.taxonomy[code]
        if WALKER[standard.walker_for(category)].avoid != avoid or code not in kinds:
            continue
        members = [np.flatnonzero(counts & kinds[code].to_numpy())]
        (shut,) = nearest(
            after,
            cut.moved(homes, after),
            cut.moved(ends, after),
            members=members,
            within_mm=[within_mm],
        )
        changed = _changed(walks, k, shut, standard.reach_mm(category))
        if len(changed):
            at_gate = at_nodes(graph).take(gates)
            (onward,) = nearest(graph, at_gate, ends, members=members, within_mm=[within_mm])
            through = pairs(graph, at_gate, homes.take(changed), within_mm=within_mm).tocoo()
            gate, home = through.row, changed[through.col]
            # On a shortest walk every spot has the same nearest service, the rest of the way off.
            whole = onward.millimetres[gate] + through.data == walks.millimetres[home, k]
            whole &= onward.service[gate] == walks.service_point[home, k]
            depends[gate[whole], home[whole]] = True
    return depends


def _standing(graph: WalkGraph, points: Points, what: str, standard: Standard) -> OnStreets:
    found = on_streets(graph, metric_points(points, graph.network.crs, what=what))
    return found if standard.legs else found.without_legs()


def _changed(walks: Walks, column: int, shut: Nearest, reach_mm: int) -> Rows:
    """Return the residents who go elsewhere, or are no longer covered, with the gates closed."""
    service, walk = walks.service_point[:, column], walks.millimetres[:, column]
    lost = (walk <= reach_mm) & (shut.millimetres > reach_mm)
    return np.flatnonzero((service >= 0) & ((shut.service != service) | lost))
