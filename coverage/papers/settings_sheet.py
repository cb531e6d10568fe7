"""What every export carries: the question asked, the sources, the data date, the notes."""

from __future__ import annotations

from coverage.standard import Standard
from geo.phrases import Language, phrase
from geo.place import Place


def settings_lines(place: Place, standard: Standard, language: Language) -> list[tuple[str, str]]:
    """Return (heading, words) lines that say what the figures of a paper rest on."""

    def line(key: str, **values: object) -> tuple[str, str]:
        return phrase(f"settings.{key}", language), phrase(
            f"settings.{key}.words", language, **values
        )

    joint = "、" if language == "zh" else ", "
    lines = [(phrase("settings.place", language), place.name.say(language))]
    if place.demonstration:
        lines.append(line("demonstration"))
    lines.append((phrase("settings.data_date", language), place.data_date or "—"))
    if standard.minutes is None:
        lines.append(line("minutes_own"))
    else:
        lines.append(line("minutes_same", minutes=standard.minutes))
    lines.append(line("speed", percent=standard.speed_percent))
    lines.append(
        line(
            "cutoffs",
            gap=f"{standard.gap_below:.0%}",
            serious=f"{standard.serious_below:.0%}",
        )
    )
    lines.append(
        line(
            "counting",
            states=joint.join(phrase(f"state.{one}", language) for one in sorted(standard.states)),
            levels=joint.join(
                phrase(f"registration.{one}", language) for one in sorted(standard.levels)
            ),
            deliveries=joint.join(
                phrase(f"delivery.{one}", language) for one in sorted(standard.deliveries)
            ),
            providers=joint.join(
                phrase(f"provider.{one}", language) for one in sorted(standard.providers)
            ),
        )
    )
    basis = "network" if place.walking_basis == "network" else "straight_line"
    limit = f"{place.snap_limit_metres:g}"
    lines.append(line(f"walking_{basis}", limit=limit, detour=place.detour))
    lines.append(line("unreached"))
    lines.extend((phrase("settings.note", language), note.say(language)) for note in place.notes)
    lines.extend(
        (
            phrase("settings.source", language),
            f"{source.what.say(language)} — {source.attribution}; {source.licence}; {source.date}",
        )
        for source in place.sources
    )
    lines.append(line("internal"))
    return lines


def category_lines(
    place: Place, standard: Standard, language: Language
) -> list[tuple[str, str, str, float, int, float]]:
    """Return code, name, beneficiaries, metres a minute, minutes and metres of each category."""
    return [
        (
            category.code,
            category.name(language),
            category.beneficiaries(language),
            float(category.metres_per_minute) * standard.speed_percent / 100,
            standard.minutes_for(category),
            standard.reach_mm(category) / 1000,
        )
        for category in place.taxonomy
    ]
