"""Walks after edits, searched again only where something changed.

When only service points change, the categories concerned are patched
(`coverage.walking_changes`). When streets or residents change, everything is
measured again; that takes about half a second for a district.
"""

from __future__ import annotations

from coverage.standard import Standard
from coverage.walking import Walks
from coverage.walking_changes import walks_after
from geo.place import Place


def walk_after(place: Place, walks: Walks, after: Place, standard: Standard) -> Walks:
    """Return the walks of `after`, an edited `place`, knowing the walks of `place`.

    Parameters
    ----------
    place, walks
        The place as it is and its walks under `standard`.
    after
        `coverage.scenario.apply(place, …)`.
    standard
        The question.

    Returns
    -------
    The same as ``walk_categories(after, standard)`` with the categories of `walks`.
    """
    if after is place:
        return walks
    return walks_after(walks, place, after, standard)
