"""One class a peer: what may be prepared beforehand, and the questions timed.

A question returns arrays (or lists) of millimetres; whatever exceeds the bound
counts as not reached. All peers must agree on how many are reached and on the
sum (`said`), which is taken after the clock has stopped.
"""

# ruff: noqa: D102 - the methods of every class are those of `Peer`

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse import csgraph

from benchmarks.asked import WITHIN_MM, Question, Streets

Answer = list[Any]
Distances = npt.NDArray[np.float64]
METRES = WITHIN_MM / 1000


class Peer(Protocol):
    """What is measured. `parts` is how many of the sites are asked about."""

    def prepare(self, streets: Streets, asked: Question) -> None: ...
    def nearest(self) -> Answer: ...
    def catchments(self, parts: int) -> Answer: ...
    def matrix(self, parts: int) -> Answer: ...
    def add(self) -> Answer: ...
    def remove(self) -> Answer: ...


def said(answer: Answer) -> tuple[int, float]:
    """Return how many are reached, and the sum of their metres."""
    walks = np.concatenate([np.asarray(one, dtype=float) for one in answer])
    reached = walks[walks <= WITHIN_MM]
    return len(reached), float(reached.sum()) / 1000


class Recomputing:
    """Peers without a what-if of their own answer one category again."""

    asked: Question
    turn = 0

    def one(self, services: npt.NDArray[np.int64]) -> Answer:
        raise NotImplementedError

    def add(self) -> Answer:
        self.turn += 1
        new = self.asked.changes[self.turn % len(self.asked.changes)]
        return self.one(np.append(self.asked.categories[0], new))

    def remove(self) -> Answer:
        self.turn += 1
        services = self.asked.categories[0]
        return self.one(np.delete(services, self.turn % len(services)))


class Yike:
    """The engine of this project."""

    turn = 0

    def prepare(self, streets: Streets, asked: Question) -> None:
        from coverage import search
        from geo.network import walk_graph
        from geo.snapping import at_nodes

        self.search, self.asked = search, asked
        self.graph = walk_graph(self._network(streets))
        self.nodes = at_nodes(self.graph)
        self.services = self.nodes.take(np.append(asked.categories.ravel(), asked.changes))
        count = asked.categories.shape[1]
        self.members = [np.arange(k * count, (k + 1) * count) for k in range(len(asked.categories))]
        self.sites = self.nodes.take(asked.sites)
        self.origins = self.nodes.take(asked.origins)
        self._nearest(self.members[:1])  # takes the lesser junctions out, once

    @cached_property
    def before(self) -> Any:
        """What a what-if starts from; asked for by the first of them, not before."""
        return self._nearest(self.members[:1])[0]

    @staticmethod
    def _network(streets: Streets) -> Any:
        from pyproj import CRS

        from geo.street_network import StreetNetwork, row_starts

        return StreetNetwork(
            x=streets.x,
            y=streets.y,
            indptr=row_starts(streets.lower, len(streets.x)),
            neighbour=streets.upper,
            millimetres=streets.millimetres,
            flags=np.zeros(len(streets.lower), dtype=np.uint16),
            crs=CRS("EPSG:32650"),  # any: the coordinates are metres already
        )

    def _nearest(self, members: list[npt.NDArray[np.int64]]) -> Any:
        return self.search.nearest(
            self.graph,
            self.nodes,
            self.services,
            members=members,
            within_mm=[WITHIN_MM] * len(members),
        )

    def nearest(self) -> Answer:
        return [one.millimetres for one in self._nearest(self.members)]

    def catchments(self, parts: int) -> Answer:
        return self._pairs(self.nodes, parts)

    def matrix(self, parts: int) -> Answer:
        return self._pairs(self.origins, parts)

    def _pairs(self, ends: Any, parts: int) -> Answer:
        from coverage.search_pairs import pairs

        sites = self.sites.take(np.arange(parts))
        return [pairs(self.graph, sites, ends, within_mm=WITHIN_MM).data]

    def add(self) -> Answer:
        self.turn += 1
        new = self.asked.categories.size + self.turn % len(self.asked.changes)
        after = self.search.with_added(
            self.graph, self.nodes, self.services, self.before, added=[new]
        )
        return [after.millimetres]

    def remove(self) -> Answer:
        self.turn += 1
        gone = self.turn % len(self.members[0])
        after = self.search.with_removed(
            self.graph,
            self.nodes,
            self.services,
            self.before,
            lost=self.before.service == gone,
            remaining=np.delete(self.members[0], gone),
        )
        return [after.millimetres]


class Scipy(Recomputing):
    """Plain ``scipy.sparse.csgraph.dijkstra`` on all nodes."""

    def prepare(self, streets: Streets, asked: Question) -> None:
        size, self.asked = len(streets.x), asked
        # Laid side by side, not added: a sum drops the edges of less than a millimetre.
        tail = np.concatenate([streets.lower, streets.upper])
        head = np.concatenate([streets.upper, streets.lower])
        lengths = np.tile(streets.millimetres.astype(float), 2)
        self.weights = sparse.coo_array((lengths, (tail, head)), shape=(size, size)).tocsr()

    def one(self, services: npt.NDArray[np.int64]) -> Answer:
        return [
            csgraph.dijkstra(self.weights, indices=services, min_only=True, limit=float(WITHIN_MM))
        ]

    def nearest(self) -> Answer:
        return [self.one(services)[0] for services in self.asked.categories]

    def _rows(self, parts: int) -> Iterator[Distances]:
        for begin in range(0, parts, 20):
            sites = self.asked.sites[begin : min(begin + 20, parts)]
            yield csgraph.dijkstra(self.weights, indices=sites, limit=float(WITHIN_MM))

    def catchments(self, parts: int) -> Answer:
        return [rows[rows <= WITHIN_MM] for rows in self._rows(parts)]

    def matrix(self, parts: int) -> Answer:
        kept = (rows[:, self.asked.origins] for rows in self._rows(parts))
        return [rows[rows <= WITHIN_MM] for rows in kept]


class Networkx(Recomputing):
    """networkx with its cut-off."""

    def prepare(self, streets: Streets, asked: Question) -> None:
        import networkx as nx

        self.nx, self.asked, self.graph = nx, asked, nx.Graph()
        edges = zip(streets.lower, streets.upper, streets.millimetres, strict=True)
        self.graph.add_weighted_edges_from((int(a), int(b), int(w)) for a, b, w in edges)
        self.origins = np.zeros(len(streets.x), dtype=bool)
        self.origins[asked.origins] = True

    def one(self, services: npt.NDArray[np.int64]) -> Answer:
        sources = {int(one) for one in services}
        found = self.nx.multi_source_dijkstra_path_length(self.graph, sources, cutoff=WITHIN_MM)
        return [list(found.values())]

    def nearest(self) -> Answer:
        return [self.one(services)[0] for services in self.asked.categories]

    def _from(self, site: int) -> dict[int, int]:
        found: dict[int, int] = self.nx.single_source_dijkstra_path_length(
            self.graph, site, cutoff=WITHIN_MM
        )
        return found

    def catchments(self, parts: int) -> Answer:
        return [list(self._from(int(site)).values()) for site in self.asked.sites[:parts]]

    def matrix(self, parts: int) -> Answer:
        rows = (self._from(int(site)).items() for site in self.asked.sites[:parts])
        return [[walk for node, walk in row if self.origins[node]] for row in rows]


class Igraph(Recomputing):
    """igraph; its calls take no cut-off, so they search the whole network."""

    def prepare(self, streets: Streets, asked: Question) -> None:
        import igraph

        self.asked, size = asked, len(streets.x)
        # Each category starts from a node of its own that only leads out.
        starts = np.repeat(size + np.arange(len(asked.categories)), asked.categories.shape[1])
        tail = np.concatenate([streets.lower, streets.upper, starts])
        head = np.concatenate([streets.upper, streets.lower, asked.categories.ravel()])
        lengths = np.concatenate([streets.millimetres, streets.millimetres, 0 * starts])
        arcs = np.column_stack([tail, head])
        self.graph = igraph.Graph(n=size + len(asked.categories), edges=arcs, directed=True)
        self.weights, self.size = lengths.tolist(), size

    def _rows(self, sources: list[int]) -> Distances:
        found = self.graph.distances(source=sources, weights=self.weights)
        return np.array(found)[:, : self.size]

    def one(self, services: npt.NDArray[np.int64]) -> Answer:
        # The graph stays as it is: the change of one service costs at least one search.
        return [self._rows([self.size]).ravel()]

    def nearest(self) -> Answer:
        return [self._rows(list(range(self.size, self.size + len(self.asked.categories)))).ravel()]

    def catchments(self, parts: int) -> Answer:
        rows = (self._rows([int(one)]) for one in self.asked.sites[:parts])
        return [row[row <= WITHIN_MM] for row in rows]

    def matrix(self, parts: int) -> Answer:
        origins, sites = self.asked.origins.tolist(), self.asked.sites[:parts].tolist()
        found = np.array(self.graph.distances(source=sites, target=origins, weights=self.weights))
        return [found[found <= WITHIN_MM]]


class Pandana(Recomputing):
    """pandana; its contraction is built beforehand."""

    def prepare(self, streets: Streets, asked: Question) -> None:
        import pandana
        import pandas as pd

        self.asked = asked
        nodes = pd.Index(np.arange(len(streets.x)))
        self.x, self.y = pd.Series(streets.x, nodes), pd.Series(streets.y, nodes)
        self.network = pandana.Network(
            self.x,
            self.y,
            pd.Series(streets.lower),
            pd.Series(streets.upper),
            pd.DataFrame({"metres": streets.millimetres / 1000}),
            twoway=True,
        )
        for number, services in enumerate(asked.categories):
            self._place(str(number), services)

    def _place(self, name: str, services: npt.NDArray[np.int64]) -> None:
        self.network.set_pois(name, METRES, 1, self.x[services], self.y[services])

    def _ask(self, name: str) -> Answer:
        found = self.network.nearest_pois(METRES, name, num_pois=1)[1].to_numpy()
        # Beyond the bound pandana answers the bound itself.
        return [np.where(found < METRES, found * 1000, np.inf)]

    def one(self, services: npt.NDArray[np.int64]) -> Answer:
        self._place("changed", services)
        return self._ask("changed")

    def nearest(self) -> Answer:
        return [self._ask(str(number))[0] for number in range(len(self.asked.categories))]

    def catchments(self, parts: int) -> Answer:
        found = self.network.nodes_in_range(self.asked.sites[:parts].tolist(), METRES)
        return [found["metres"].to_numpy() * 1000]

    def matrix(self, parts: int) -> Answer:
        found = self.network.nodes_in_range(self.asked.sites[:parts].tolist(), METRES)
        kept = found[found["destination"].isin(self.asked.origins)]
        return [kept["metres"].to_numpy() * 1000]


PEERS: dict[str, type[Peer]] = {
    "yike": Yike,
    "scipy": Scipy,
    "igraph": Igraph,
    "networkx": Networkx,
    "pandana": Pandana,
}
