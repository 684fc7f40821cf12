"""acceptance_criteria: what an AE accepts when a lead meets a criterion of qualification, and when it does not."""

from __future__ import annotations

from types import SimpleNamespace

from tests.recomputation.crm import Crm
from tests.recomputation.people import full_name
from tests.recomputation.periods import Period
from tests.recomputation.ratios import Row, ratio
from tests.recomputation.sdr import CRITERIA


class Criteria:
    """Decisions of one CRM."""

    def __init__(self, crm: Crm) -> None:
        self.crm = crm

    def rows(self, period: Period) -> list[Row]:
        """One row per criterion and AE who decided on a hand-off sent in the period; none without leads to look at."""
        if "leads" not in self.crm.delivered:
            return []
        decided = [h for h in self.crm.handoffs if h.decision is not None and period.holds(h.sent_on)]
        return [
            self._row(period, ae, criterion, [h for h in decided if h.ae_id == ae])
            for ae in sorted({h.ae_id for h in decided})
            for criterion in (column.removesuffix("_confirmed") for column in CRITERIA)
        ]

    def _row(self, period: Period, ae: str, criterion: str, decided: list[SimpleNamespace]) -> Row:
        met = [h.decision == "accepted" for h in decided if self._is_met(h.lead_id, criterion)]
        unmet = [h.decision == "accepted" for h in decided if not self._is_met(h.lead_id, criterion)]
        with_it, without_it = ratio(sum(met), len(met)), ratio(sum(unmet), len(unmet))
        return {
            **period.columns,
            "ae_id": ae,
            "full_name": full_name(ae, self.crm.names),
            "team": self.crm.roles.columns("", ae, "AE", period, self.crm.names)["team"],
            "criterion": criterion,
            "decided_met": len(met),
            "accepted_met": sum(met),
            "decided_unmet": len(unmet),
            "accepted_unmet": sum(unmet),
            "acceptance_met": with_it,
            "acceptance_unmet": without_it,
            "difference": None if with_it is None or without_it is None else with_it - without_it,
        }

    def _is_met(self, lead_id: str, criterion: str) -> bool:
        lead = self.crm.leads.get(lead_id)
        return lead is not None and bool(getattr(lead, f"{criterion}_confirmed"))
