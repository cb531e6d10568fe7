"""The proof of a number, ready to be read: its resident points and its organisations."""

from __future__ import annotations

import pandas as pd

from coverage.reach import Proof
from coverage.subjects import subject_named
from geo.phrases import Language, phrase
from geo.place import Place
from geo.tables import split_codes


def proof_points(place: Place, proof: Proof, language: Language) -> pd.DataFrame:
    """Return the resident points behind a number, farthest first, headed in `language`."""
    points = proof.points.sort_values("metres", ascending=False, na_position="first", kind="stable")
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
