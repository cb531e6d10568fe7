"""The story of a meeting in words: what stands large, and the sentences beside the map.

No 待人工核对 flag is said here; what is demonstration, estimated or a straight
line stays in sight on every page.
"""

from __future__ import annotations

from dataclasses import dataclass

from coverage.papers.first_screen import Card
from coverage.papers.map_content import subject_name
from coverage.papers.site_table import certainty, never_words
from coverage.papers.story import CHAPTERS, Change, Figures, Nearest, Story
from coverage.proposals import Proposal
from coverage.reach import BASIS_ORDER
from coverage.standard import COMMITTEE, Standard
from coverage.subjects import subject_categories
from geo.phrases import Language, phrase
from geo.place import Place
from geo.tables import GENERATED_UNIT_KINDS

NOTHING = "—"


@dataclass(frozen=True)
class Chapter:
    """One page of the story: what it is about, one large figure, a few sentences."""

    title: str
    figure: str
    under: str
    lines: tuple[str, ...]


def district_words(place: Place, story: Story, card: Card | None, language: Language) -> Chapter:
    """Return the chapter of the whole district; `card` adds the figure that stands beside it."""
    said = _Saying(place, story, language)
    lines = [said.uncovered(story.district)]
    if story.judged:
        lines.append(said.gaps(story.district))
    if card is not None and card.group.code == story.subject:
        twice = card.with_committees != card.share
        key = "story.with_committees" if twice else "story.on_paper"
        lines.append(said(key, share=_percent(card.with_committees if twice else card.on_paper)))
    if story.district.unreached:
        lines.append(said("story.unreached", count=story.district.unreached))
    return Chapter(
        place.name.say(language), _percent(story.district.share), said.share_of(), tuple(lines)
    )


def subdistrict_words(place: Place, story: Story, language: Language) -> Chapter:
    """Return the chapter of the subdistrict to look at first."""
    said = _Saying(place, story, language)
    part = story.subdistrict
    if part is None:
        return said.nobody()
    lines = [said("story.first_part", count=story.subdistricts, parts=said.parts)]
    lines.append(said.uncovered(part))
    if story.part_of_uncovered is not None:
        lines.append(said("story.part_of_uncovered", share=_percent(story.part_of_uncovered)))
    if story.judged:
        lines.append(said.gaps(part))
    return Chapter(part.name, _percent(part.share), said.share_of(), tuple(lines))


def community_words(place: Place, story: Story, language: Language) -> Chapter:
    """Return the chapter of the community to look at first."""
    said = _Saying(place, story, language)
    community = story.community
    if community is None:
        return said.nobody()
    lines = [said.uncovered(community)]
    inside = "story.inside" if community.has_one else "story.inside.none"
    lines.append(said(inside, unit=said.unit, count=community.has_one))
    if story.nearest is not None:
        lines += said.nearest(story.nearest)
    elif story.judged:
        lines.append(said("story.no_gap", unit=said.unit))
    return Chapter(community.name, _percent(community.share), said.share_of(), tuple(lines))


def proposal_words(
    place: Place, story: Story, found: Proposal, change: Change, language: Language
) -> Chapter:
    """Return the chapter of the proposal: each site with what it adds."""
    said = _Saying(place, story, language)
    category = place.taxonomy[found.question.category].name(language)
    lines = []
    for row in found.sites.itertuples():
        where = row.name or row.community or phrase("where.outside", language)
        values = {"order": row.order, "where": where, "gain": row.gain}
        lines.append(said("story.site", communities=row.communities, unit=said.units, **values))
    count, names = never_words(found, language)
    if count:
        lines.append(said("story.never", count=count, communities=names))
    lines.append(said("story.certainty", certainty=certainty(found.siting, language)))
    title = said("story.proposal.title", count=len(found.sites), category=category)
    gained = said("story.gained", count=change.gained)
    return Chapter(title, gained, said("story.proposal.under", subject=said.subject), tuple(lines))


def after_words(place: Place, story: Story, change: Change, language: Language) -> Chapter:
    """Return the chapter of what the proposal (and any further edit) changes."""
    said = _Saying(place, story, language)
    lines = [
        said(
            "story.after.uncovered",
            before=change.uncovered_before,
            after=change.uncovered,
            gained=change.gained,
        )
    ]
    if change.lost:
        lines.append(said("story.after.lost", lost=change.lost))
    if story.judged:
        lines.append(
            said(
                "story.after.gaps",
                closed=change.gaps_closed,
                left=change.gaps_left,
                serious=change.serious_left,
            )
        )
        if change.gaps_opened:
            lines.append(said("story.after.opened", opened=change.gaps_opened))
    units = ((story.subdistrict, change.subdistrict), (story.community, change.community))
    for unit, (before, after) in units:
        if unit is not None:
            key = "story.after.same" if before == after else "story.after.unit"
            shares = {"before": _percent(before), "after": _percent(after)}
            lines.append(said(key, name=unit.name, **shares))
    return Chapter(said("story.after.title"), change_figure(change), said.share_of(), tuple(lines))


def edit_answer(place: Place, story: Story, change: Change, language: Language) -> tuple[str, ...]:
    """Return what the edits tried at the meeting do, the figure first."""
    said = _Saying(place, story, language)
    if not change.gained and not change.lost:
        return (said("story.edit.nothing", subject=said.subject, share=_percent(change.share)),)
    words = [said("story.edit.share", subject=said.subject, change=change_figure(change))]
    words.append(said("story.edit.people", gained=change.gained, lost=change.lost))
    if story.judged and (change.gaps_closed or change.gaps_opened):
        gaps = {"closed": change.gaps_closed, "opened": change.gaps_opened}
        words.append(said("story.edit.gaps", **gaps))
    return tuple(words)


def change_figure(change: Change) -> str:
    """Return the share before and after, as it stands large."""
    return f"{_percent(change.share_before).removesuffix(' %')} → {_percent(change.share)}"


def position_words(place: Place, story: Story, chapter: str, language: Language) -> str:
    """Return the subject, how far the story is, and what this chapter is about."""
    position = phrase(
        "present.position", language, position=CHAPTERS.index(chapter) + 1, count=len(CHAPTERS)
    )
    about = phrase(f"present.chapter.{chapter}", language)
    return f"{subject_name(place, story.subject, language)} · {position} · {about}"


def footing_words(
    place: Place, story: Story, standard: Standard, language: Language
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return what must stay in sight: what is doubtful about the data, and the question asked."""
    said = _Saying(place, story, language)
    doubts = []
    if place.demonstration:
        doubts.append(phrase("settings.demonstration", language))
    if story.district.basis != BASIS_ORDER[0]:
        doubts.append(said(f"story.basis.{story.district.basis}"))
    if place.walking_basis == "straight_line":
        doubts.append(phrase("map.straight_line", language))
    asked = [said("story.data_date", date=place.data_date)] if place.data_date else []
    if standard.minutes is None:
        spans = sorted({one.minutes for one in subject_categories(place, story.subject)})
        minutes = "–".join(str(one) for one in dict.fromkeys((spans[0], spans[-1])))
        asked.append(said("story.minutes", minutes=minutes))
    else:
        asked.append(phrase("screen.question.same", language, minutes=standard.minutes))
    asked.append(phrase("screen.question.speed", language, percent=standard.speed_percent))
    asked.append(said("story.counted", counted=_counted(standard, language)))
    cutoffs = {"gap": f"{standard.gap_below:.0%}", "serious": f"{standard.serious_below:.0%}"}
    asked.append(said("story.cutoffs", **cutoffs))
    return tuple(doubts), tuple(asked)


class _Saying:
    """The words of one story in one language."""

    def __init__(self, place: Place, story: Story, language: Language) -> None:
        self._place, self._story, self._language = place, story, language
        self.subject = subject_name(place, story.subject, language)
        generated = bool(place.communities["unit_kind"].isin(GENERATED_UNIT_KINDS).all())
        kind = "generated" if generated else "official"
        self.unit = self(f"story.unit.{kind}")
        self.units = self(f"story.units.{kind}")
        self.parts = self(f"story.parts.{kind}")

    def __call__(self, key: str, **values: object) -> str:
        return phrase(key, self._language, **values)

    def share_of(self) -> str:
        first = subject_categories(self._place, self._story.subject)[0]
        who = first.beneficiaries(self._language)
        return self("story.share_of", subject=self.subject, who=who)

    def uncovered(self, unit: Figures) -> str:
        counts = {"uncovered": unit.uncovered, "total": unit.beneficiaries}
        return self("story.uncovered", **counts)

    def gaps(self, unit: Figures) -> str:
        counts = {"count": unit.communities, "gaps": unit.gaps, "serious": unit.serious}
        return self("story.gaps", units=self.units, **counts)

    def nearest(self, nearest: Nearest) -> list[str]:
        if nearest.minutes is None:
            lines = [self("story.nearest.nothing")]
        else:
            values = {"name": nearest.organisation, "minutes": nearest.minutes}
            lines = [self("story.nearest", **values)]
        if nearest.at_home:
            lines.append(self("story.at_home"))
        return lines

    def nobody(self) -> Chapter:
        return Chapter(self.subject, NOTHING, phrase("map.nobody", self._language), ())


def _counted(standard: Standard, language: Language) -> str:
    levels = [phrase(f"registration.{one}", language) for one in sorted(standard.levels)]
    states = [phrase(f"state.{one}", language) for one in sorted(standard.states)]
    words = ["+".join(states), "+".join(levels)]
    if COMMITTEE in standard.providers:
        words.append(phrase("screen.counting.committees.short", language))
    return ("，" if language == "zh" else ", ").join(words)


def _percent(share: float | None) -> str:
    return NOTHING if share is None else f"{share:.1%}".replace("%", " %")
