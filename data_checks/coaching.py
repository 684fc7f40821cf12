"""G4: who is proposed or credited as a coach, and who has a brief.

Whether coaching works is estimated in dbt and tested there; here tables are held against who is there at all.
"""

from __future__ import annotations

from data_checks.build import SQL
from data_checks.check import Queried


def coaching() -> tuple[Queried, ...]:
    """Every check of the coaching tables that is more than a rule inside a row."""
    return (
        Queried(
            id="G4.coaches",
            severity="critical",
            code="E-COACH",
            table="coach_candidates",
            column="user_id",
            description="coach and colleague hold their roles on D, have not left, and the coach is not the manager",
            reason="a proposal nobody can follow, or that sets a manager on the own team, costs the list its trust",
            when_empty="nobody is proposed",
            sql=(SQL / "coaches.sql").read_text("utf-8"),
        ),
        Queried(
            id="G4.brief.people",
            severity="critical",
            code="E-MISSING-PEOPLE",
            table="one_on_one_brief",
            column="position",
            description="everybody who holds a role on D has sentences, numbered from 1, twelve at most",
            reason="a manager who finds no brief thinks that there is nothing to say",
            when_empty="nobody holds a role on D",
            sql=(SQL / "brief_people.sql").read_text("utf-8"),
        ),
        Queried(
            id="G4.coaching.sessions",
            severity="critical",
            code="E-CONSERVE",
            table="coaching_effect",
            column="sessions",
            description="every session held with somebody in a role counts, once for each role that it was about",
            reason="coaching that is not counted was held for nothing",
            needs=("coaching_sessions",),
            sql=(SQL / "coaching_sessions.sql").read_text("utf-8"),
        ),
    )
