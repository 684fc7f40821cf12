"""G4: who is proposed or credited as a coach, and who has a brief.

Whether coaching works is estimated in dbt and tested there; here tables are held against who is there at all.
"""

from __future__ import annotations

from data_checks.check import Queried
from data_checks.from_file import from_file


def coaching() -> tuple[Queried, ...]:
    """Every check of the coaching tables that is more than a rule inside a row."""
    return (
        from_file(
            "G4.coaches",
            "E-COACH",
            "coach_candidates",
            "coach and colleague hold their roles on D, have not left, and the coach is not the manager",
            "a proposal nobody can follow, or that sets a manager on the own team, costs the list its trust",
            column="user_id",
            when_empty="nobody is proposed",
        ),
        from_file(
            "G4.brief.people",
            "E-MISSING-PEOPLE",
            "one_on_one_brief",
            "everybody who holds a role on D has sentences, numbered from 1, twelve at most",
            "a manager who finds no brief thinks that there is nothing to say",
            column="position",
            when_empty="nobody holds a role on D",
        ),
        from_file(
            "G4.coaching.sessions",
            "E-CONSERVE",
            "coaching_effect",
            "every session held with somebody in a role counts, once for each role that it was about",
            "coaching that is not counted was held for nothing",
            column="sessions",
            needs=("coaching_sessions",),
        ),
    )
