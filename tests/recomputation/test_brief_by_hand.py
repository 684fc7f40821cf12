"""The recomputed one-on-one brief against examples worked by hand."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from pipelines.settings import Config, Report
from tests.recomputation.brief_cases import wilson
from tests.recomputation.brief_words import ENGLISH, Line, sentence
from tests.recomputation.by_hand import ASSIGNMENTS, USERS, csv
from tests.recomputation.definitions import seed
from tests.recomputation.deliver import deliver
from tests.recomputation.metrics import recompute

AS_OF, MET_ON = "2024-01-31", date(2024, 1, 15)
SESSION = "session_id,coach_id,coachee_id,held_on,kind,topic,notes_url,updated_at"
SINCE = "Acceptance rate since the session on 2024-01-15:"


def told(inbox: Path, user: str, config: Config | None = None, **entities: Any) -> dict[str, list[dict[str, Any]]]:
    """Section → the lines of one person's brief."""
    deliver(inbox, AS_OF, users=USERS, assignments=ASSIGNMENTS, **entities)
    rows = [row for row in recompute(inbox, config or Config())["one_on_one_brief"].values() if row["user_id"] == user]
    assert [row["position"] for row in rows] == list(range(1, len(rows) + 1))
    sections = dict.fromkeys(row["section"] for row in rows)
    return {section: [row for row in rows if row["section"] == section] for section in sections}


def sent(decisions: dict[date, str]) -> str:
    """A hand-off for each letter of a day: a is accepted, r rejected."""
    names = {"a": "accepted", "r": "rejected"}
    rows = [
        f"{day}-{n},l{day}-{n},s1,a1,{day}T09:00:00Z,{names[letter]},{day}T10:00:00Z,{day}T10:00:00Z"
        for day, letters in decisions.items()
        for n, letter in enumerate(letters)
    ]
    return csv("handoff_id,lead_id,sdr_id,ae_id,sent_at,decision,decided_at,updated_at", *rows)


def met(*sessions: str) -> str:
    return csv(SESSION, *(f"{session},2024-01-31T00:00:00Z" for session in sessions))


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("arrrrrrrrr", "aaaaaaaaar", "90 % (9 of 10), before it 10 %. +80.0 points: better, and more than noise"),
        ("aaaaaaaaaa", "arrrrrrrrr", "10 % (1 of 10), before it 100 %. -90.0 points: worse, and more than noise"),
        ("aaaaarrrrr", "aaaaaarrrr", "60 % (6 of 10), before it 50 %. +10.0 points: no more than noise"),
    ],
)
def test_a_change_is_told_from_the_days_on_both_sides_of_a_session(
    tmp_path: Path, before: str, after: str, said: str
) -> None:
    first, day = MET_ON - timedelta(days=60), timedelta(days=1)
    # The session's own day is on neither side, nor is what lies before its 60 days.
    decisions = {first - day: "aaaa", first: before[:5], MET_ON - day: before[5:], MET_ON: "rr", MET_ON + day: after}
    [line] = told(tmp_path, "s1", handoffs=sent(decisions), coaching_sessions=met(f"k,a1,s1,{MET_ON},training,,"))[
        "change"
    ]
    assert line["text"].startswith(f"{SINCE} {said}")
    assert line["since_on"] == MET_ON


def test_the_interval_of_a_change_is_that_of_eased_shares(tmp_path: Path) -> None:
    handoffs = sent({MET_ON - timedelta(days=9): "aaaaarrrrr", MET_ON + timedelta(days=1): "aaaaarrrrr"})
    [line] = told(tmp_path, "s1", handoffs=handoffs, coaching_sessions=met(f"k,a1,s1,{MET_ON},training,,"))["change"]
    half = 1.645 * (2 * 0.25 / 12) ** 0.5  # both shares are 6 of 12
    assert (line["low"], line["high"]) == (pytest.approx(-half), pytest.approx(half))


def test_nine_cases_since_the_session_are_too_few(tmp_path: Path) -> None:
    handoffs = sent({MET_ON - timedelta(days=9): "aaaaaaaaaa", MET_ON + timedelta(days=1): "aaaaaaaaa"})
    [line] = told(tmp_path, "s1", handoffs=handoffs, coaching_sessions=met(f"k,a1,s1,{MET_ON},training,,"))["change"]
    assert line["text"].startswith("Acceptance rate: what changed since a session cannot be told, as no session has 10")


def test_sections_that_have_nothing_to_say_say_so(tmp_path: Path) -> None:
    lines = told(tmp_path, "s1")
    assert list(lines) == ["topic", "weakness", "target", "cadence"]
    assert all(len(rows) == 1 for rows in lines.values())
    assert lines["weakness"][0]["text"].startswith("There are no figures of a complete quarter")
    assert lines["target"][0]["text"] == "Targets were never delivered."
    assert lines["cadence"][0]["text"].startswith("Coaching sessions were never delivered")
    assert (lines["topic"][0]["team"], lines["topic"][0]["manager_id"]) == ("north", "a1")


def test_who_left_the_role_has_no_brief(tmp_path: Path) -> None:
    assert told(tmp_path, "s2") == {}


def test_the_last_session_tells_what_its_topic_stands_for(tmp_path: Path) -> None:
    sessions = met(
        "k1,a1,s1,2024-01-10,one_on_one,,",
        "k2,a1,s1,2024-01-20,,offered_yield,https://notes.example.com/{2}",
        "k3,a1,s1,2023-11-02,one_on_one,,",
        "k4,a1,s1,2023-11-03,one_on_one,,",
    )
    lines = told(tmp_path, "s1", coaching_sessions=sessions)
    [last, before], [cadence] = lines["last_session"], lines["cadence"]
    assert (last["metric"], last["notes_url"]) == ("qualified_lead_rate", "https://notes.example.com/{2}")
    assert last["text"] == "Session of 2024-01-20: session with Anna on Qualified lead rate."
    assert before["since_on"] == date(2024, 1, 10)
    # The 90 days begin on the 3rd of November.
    assert cadence["text"] == "Last one-on-one: 2024-01-10 with Anna, days ago: 21; in the last 90 days: 2."


def test_a_session_before_the_role_had_no_topic(tmp_path: Path) -> None:
    [last] = told(tmp_path, "m1", coaching_sessions=met("k,a1,m1,2021-12-31,training,grr,"))["last_session"]
    assert (last["metric"], last["text"]) == (None, "Session of 2021-12-31: training with Anna.")


def test_of_a_target_of_nothing_no_share_is_told(tmp_path: Path) -> None:
    targets = csv("user_id,month,metric,target", "s1,2024-01-01,leads_sent,0")
    handoffs = sent({MET_ON: "aar"})
    [line] = told(tmp_path, "s1", handoffs=handoffs, targets=targets)["target"]
    assert (line["value"], line["text"]) == (None, "Leads sent in 2024-01: 3; the target is 0.")


def test_sentences_are_told_in_the_language_of_the_report(tmp_path: Path) -> None:
    targets = csv("user_id,month,metric,target", "s1,2024-01-01,leads_sent,1234")
    config = Config(report=Report(language="ru"))
    [line] = told(tmp_path, "s1", config, handoffs=sent({MET_ON: "aar"}), targets=targets)["target"]
    assert line["text"] == "Переданные лиды за 2024-01: 3 из 1\u00a0234, 0,2 % плана."


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0.0, "0 %"),
        (0.0004, "0 %"),
        (0.0525, "5.2 %"),
        (0.0994, "9.9 %"),
        (0.0995, "10 %"),
        (0.125, "13 %"),
        (1.5, "150 %"),
    ],
)
def test_shares_are_written_in_percent(value: float, said: str) -> None:
    line = Line("SDR", "topic", "target_done", 1, value=value, shown_as="percent")
    assert sentence(line, {}, "en").endswith(f", {said} of the target.")


def test_the_interval_of_a_share_is_wilsons() -> None:
    assert wilson(0, 10, 1.645) == (pytest.approx(0, abs=1e-12), pytest.approx(0.270603 / 1.270603, rel=1e-5))


def test_every_sentence_of_the_seed_is_written_a_second_time() -> None:
    assert {row["phrase"]: row["en"] for row in seed("brief_phrases")} == ENGLISH
