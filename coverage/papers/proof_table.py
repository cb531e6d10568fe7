"""The proof of a number, ready to be read: its resident points and its organisations."""

from __future__ import annotations

import pandas as pd

from coverage.papers.map_marks import walk_words
from coverage.reach import Proof
from coverage.resident_walk import ResidentWalk
from coverage.subjects import subject_named
from geo.phrases import Language, phrase
from geo.place import Place
from geo.tables import split_codes


def point_order(proof: Proof) -> list[str]:
    """Return the resident points in the order of `proof_points`."""
    return [str(one) for one in _farthest_first(proof).index]


def serving_order(proof: Proof) -> list[str]:
    """Return the organisations in the order of `proof_organisations`."""
    return [str(one) for one in proof.organisations.index]


def nearest_order(proof: Proof) -> list[str]:
    """Return the organisations in the order of `proof_nearest`."""
    return [str(one) for one in _nearest(proof).index]


def _farthest_first(proof: Proof) -> pd.DataFrame:
    return proof.points.sort_values("metres", ascending=False, na_position="first", kind="stable")


def _nearest(proof: Proof) -> pd.DataFrame:
    """Return, an organisation that is nearest to somebody, for how many and how far."""
    somebody = proof.points["organisation_id"] != ""
    rows = proof.points[somebody & (proof.points["beneficiaries"] > 0)]
    found = rows.groupby("organisation_id").agg(
        people=("beneficiaries", "sum"), least=("minutes", "min"), most=("minutes", "max")
    )
    return found.sort_values(["least", "people"], ascending=[True, False], kind="stable")


def proof_nearest(place: Place, proof: Proof, language: Language) -> pd.DataFrame:
    """Return the organisations nearest to somebody, within the time allowed or beyond it.

    Nearest first: for how many beneficiaries each is the nearest one, and the
    shortest and the longest of their walks in minutes.
    """
    rows = _nearest(proof)
    return pd.DataFrame(
        {
            phrase("proof.organisation", language): place.register["name"]
            .reindex(rows.index)
            .to_numpy(),
            phrase("proof.nearest_to", language): rows["people"].to_numpy(),
            phrase("proof.least", language): rows["least"].round(1).to_numpy(),
            phrase("proof.most", language): rows["most"].round(1).to_numpy(),
        }
    )


def walk_sentence(place: Place, walk: ResidentWalk, subject: str, language: Language) -> str:
    """Return one resident point's walk as a sentence: how far, where to, covered or not."""
    name = subject_named(place, subject).name(language)
    given = {"point": walk.resident_point_id, "subject": name}
    if walk.off_network:
        return phrase("walk.off_network", language, **given, limit=place.snap_limit_metres)
    if walk.metres is None or walk.minutes is None:
        return phrase("walk.nothing", language, **given)
    key = "walk.covered" if walk.covered else "walk.not_covered"
    words = phrase(
        key,
        language,
        **given,
        walk=walk_words(walk.metres, walk.minutes, language),
        organisation=str(place.register.at[walk.organisation_id, "name"]),
    )
    return words + (phrase("walk.estimated", language) if walk.estimated else "")


def proof_points(place: Place, proof: Proof, language: Language) -> pd.DataFrame:
    """Return the resident points behind a number, farthest first, headed in `language`."""
    points = _farthest_first(proof)
    names = place.register["name"].reindex(points["organisation_id"]).fillna("")
    nothing = phrase("gap.nothing_in_walking_range", language)
    answers = {
        name: phrase(f"proof.{name}", language) for name in ("covered", "uncovered", "to_check")
    }
    state = points["covered"].map({True: answers["covered"], False: answers["uncovered"]})
    return pd.DataFrame(
        {
            phrase("proof.point", language): points.index,
            phrase("proof.beneficiaries", language): points["beneficiaries"].to_numpy(),
            phrase("proof.metres", language): points["metres"].round().to_numpy(),
            phrase("proof.minutes", language): points["minutes"].round(1).to_numpy(),
            phrase("proof.state", language): state.mask(
                points["off_network"], answers["to_check"]
            ).to_numpy(),
            phrase("proof.organisation", language): names.mask(names == "", nothing).to_numpy(),
        }
    )


def proof_organisations(place: Place, proof: Proof, language: Language) -> pd.DataFrame:
    """Return the organisations behind a number, most beneficiaries first, in the reader's words."""
    rows = proof.organisations
    joint = "、" if language == "zh" else ", "
    kinds = [
        joint.join(subject_named(place, code).name(language) for code in split_codes(codes))
        for codes in rows["categories"]
    ]
    return pd.DataFrame(
        {
            phrase("proof.organisation", language): rows["name"].to_numpy(),
            phrase("proof.beneficiaries", language): rows["beneficiaries"].to_numpy(),
            phrase("proof.level", language): [
                phrase(f"registration.{level}", language) for level in rows["level"]
            ],
            phrase("proof.categories", language): kinds,
        }
    )
