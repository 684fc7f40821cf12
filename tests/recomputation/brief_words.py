"""The sentences of one_on_one_brief, written a second time in English from the numbers of a line.

A seed whose parts are exchanged, or which lost its "not", is found here. Russian sentences are taken from the seed, and
only their numbers are written again. Which lines there are is brief.py's work.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from math import copysign, floor

from tests.recomputation.definitions import seed
from tests.recomputation.people import full_name


@dataclass(frozen=True)
class Line:
    """One line before it is said. `label_of` is the (role, metric) whose label and way of writing numbers it uses."""

    role: str
    section: str
    phrase: str
    place: int
    metric: str | None = None
    label_of: tuple[str, str] | None = None
    period_type: str | None = None
    period_start: date | None = None
    value: float | None = None
    low: float | None = None
    high: float | None = None
    peer_value: float | None = None
    part: float | None = None
    whole: float | None = None
    times: float | None = None
    difference: float | None = None
    number: int | None = None
    shown_as: str | None = None
    since_on: date | None = None
    person_id: str | None = None
    words: str | None = None
    notes_url: str | None = None
    is_filler: bool = False


STANDING = (
    "{label}: {value} ({part} / {whole}) in the quarter from {period}; between {low} and {high} once small numbers"
    " are allowed for. Clearly SIDE the role's {peers}, as in {number} of the last 4 quarters."
)
NO_STANDING = "No ranked metric lies clearly SIDE the role's mean in the quarter from {period}."
PAIR = (
    "{part} of {whole} in the year from {period}, between {low} and {high}); {peers} was to be expected of the two."
    " Clearly below."
)
CHANGE = (
    "{label} since the session on {since}: {value} ({part} of {whole}), before it {peers}. {difference}: VERDICT"
    " (between {low} and {high})."
)
COACH = "{person} could help: clearly ahead in {label} in {number} of the last 4 quarters"
LAST_SESSION = "Session of {since}: {kind} with {person}"
ENGLISH = {
    "standing_below": STANDING.replace("SIDE", "behind"),
    "standing_above": STANDING.replace("SIDE", "ahead of"),
    "none_below": NO_STANDING.replace("SIDE", "behind"),
    "none_above": NO_STANDING.replace("SIDE", "ahead of"),
    "no_quarter": "There are no figures of a complete quarter in this role yet: strengths and weaknesses cannot be"
    " told.",
    "pair_sends": "{person} accepts {value} of what comes from here (" + PAIR,
    "pair_takes": "Accepts {value} of what {person} sends (" + PAIR,
    "reject_habit": "'{words}' is behind {value} of the rejects ({part} of {whole} in the quarter from {period}),"
    " {times} times everybody's share of {peers}.",
    "change_better": CHANGE.replace("VERDICT", "better, and more than noise"),
    "change_worse": CHANGE.replace("VERDICT", "worse, and more than noise"),
    "change_noise": CHANGE.replace("VERDICT", "no more than noise"),
    "change_few": "{label}: what changed since a session cannot be told, as no session has {number} cases before it"
    " and after it.",
    "change_undated": "What changed since a session cannot be told: the figures of this role look back over a year.",
    "target_done": "{label} in {period}: {part} of {whole}, {value} of the target.",
    "target_open": "{label} in {period} so far: {part} of {whole} for the whole month, at this pace {value} of the"
    " target.",
    "target_zero": "{label} in {period}: {part}; the target is 0.",
    "target_none": "No target for {label} was delivered for {period}.",
    "target_unknown": "{label} in {period}: the target is {whole}, what was reached is not known.",
    "targets_missing": "Targets were never delivered.",
    "cadence": "Last one-on-one: {since} with {person}, days ago: {value}; in the last 90 days: {number}.",
    "cadence_never": "No one-on-one is on record.",
    "sessions_missing": "Coaching sessions were never delivered: cadence, last sessions and what changed since cannot"
    " be told.",
    "last_session": LAST_SESSION + " on {label}.",
    "last_session_without_topic": LAST_SESSION + ".",
    "topic_metric": "Talk about {label}: it weighs most of what lies clearly behind the role.",
    "topic_reason": "Talk about {label}: the rejects concentrate on '{words}', which can be changed.",
    "topic_none": "No topic stands out: no metric is clearly behind the role, or ahead of it.",
    "topic_teach": "Nothing lies clearly behind. {label} is a strength: ask what colleagues could take from it.",
    "focus_keep_smaller_clients": "Talk about the smaller clients: the largest grow while others leave.",
    "focus_upsell": "Talk about selling more: clients stay, and buy no more than before.",
    "focus_retention": "Talk about keeping clients: those who stay buy more, too many leave.",
    "focus_both": "Talk about keeping clients and selling more: both lag.",
    "focus_teaches": "The portfolio grows and clients stay: ask what colleagues could take from it.",
    "coach": COACH + ", now {value} against {peers}. No earlier coaching of it is on record.",
    "coach_with_effect": COACH + ", now {value} against {peers}. Earlier coaching of the topic, episodes: {whole}, went"
    " along with a change of {difference} (between {low} and {high}).",
    "coach_without_figures": COACH + ". There are no figures of the latest quarter.",
    "coach_none": "No colleague can be proposed for {label}: nobody was clearly ahead in 3 of the last 4 quarters"
    " without being clearly behind in what balances it.",
    "one_on_one": "one-on-one",
    "deal_review": "deal review",
    "shadowing": "shadowing",
    "training": "training",
    "session": "session",
}


def sentence(line: Line, names: Mapping[str, str], language: str) -> str:
    """The line in words; "None" stands where it has nothing to say what the sentence asks for."""
    write = _Numbers(language)
    of_label, of_metric = _seeded(*(line.label_of or ("", ""))), _seeded(line.role, line.metric or "")
    kind = line.shown_as or of_label.get("shown_as")
    is_change, kind_of_metric = line.difference is not None, of_metric.get("shown_as")
    kind_of_parts = kind_of_metric if line.section == "target" else "number"
    ends = [write.difference(x, kind_of_metric) if is_change else write.figure(x, kind) for x in (line.low, line.high)]
    return phrase(line.phrase, language).format(
        label=of_label.get("label_ru" if language == "ru" else "label"),
        value=write.figure(line.value, kind),
        peers=write.figure(line.peer_value, kind),
        low=ends[0],
        high=ends[1],
        difference=write.difference(line.difference, kind_of_metric),
        part=write.figure(line.part, kind_of_parts),
        whole=write.figure(line.whole, kind_of_parts),
        times=write.figure(line.times, "number"),
        number=line.number,
        period=line.period_start and f"{line.period_start:{'%Y-%m' if line.period_type == 'month' else '%Y-%m-%d'}}",
        since=line.since_on,
        person=line.person_id and _plain(full_name(line.person_id, names)),
        kind=phrase(line.words, language) if line.section == "last_session" and line.words else None,
        words=line.words and _plain(line.words),
    )


def _plain(delivered: str) -> str:
    """Braces mark what a sentence still asks for."""
    return delivered.replace("{", "(").replace("}", ")")


def phrase(name: str, language: str) -> str:
    """A sentence with its numbers left out, or a word."""
    return ENGLISH[name] if language == "en" else _phrases()[name][language]


@cache
def _phrases() -> dict[str, dict[str, str]]:
    return {row["phrase"]: row for row in seed("brief_phrases")}


@cache
def _metrics() -> dict[tuple[str, str], dict[str, str]]:
    return {(row["role"], row["metric"]): row for row in seed("metrics")}


def _seeded(role: str, metric: str) -> dict[str, str]:
    return _metrics().get((role, metric), {})


class _Numbers:
    """Numbers as a person reads them."""

    def __init__(self, language: str) -> None:
        self.points = "п. п." if language == "ru" else "points"
        self.marks = {",": "\u00a0", ".": ","} if language == "ru" else {}

    def figure(self, x: float | None, kind: str | None) -> str | None:
        """A share in percent, or a number with its thousands apart."""
        if x is None:
            return None
        return self._percent(x) if kind == "percent" else self._number(x)

    def difference(self, x: float | None, kind: str | None) -> str | None:
        """With its sign; of shares in points."""
        if x is None:
            return None
        told = self._marked(f"{100 * x:.1f}") + f" {self.points}" if kind == "percent" else self._number(x)
        return "+" * (x > 0) + told

    def _percent(self, x: float) -> str:
        """With one decimal below 10, of nothing none."""
        is_small = abs(x) < 0.0995 and whole(1000 * x) != 0
        return self._marked(f"{100 * x:.1f}" if is_small else str(whole(100 * x))) + " %"

    def _number(self, x: float) -> str:
        if abs(x) >= 100 or abs(x - whole(x)) < 5e-10:
            return self._marked(f"{whole(x):,}")
        return self._marked(f"{x:.1f}" if abs(x) >= 1 else f"{x:.2f}")

    def _marked(self, text: str) -> str:
        return "".join(self.marks.get(mark, mark) for mark in text)


def whole(x: float) -> int:
    """The nearest whole number, halves away from 0."""
    return int(copysign(floor(abs(x) + 0.5), x))
