"""handoff_pairs: which SDR and AE, which AE and AM, do better or worse together than apart."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from math import exp, log
from types import SimpleNamespace

from tests.recomputation.books import Books
from tests.recomputation.cohort import Pair, Tally, cohort_tally, window_of
from tests.recomputation.crm import Crm
from tests.recomputation.people import UNASSIGNED, full_name
from tests.recomputation.periods import Period
from tests.recomputation.quality import LATER_DAYS, FirstWin, first_wins, in_quality_window
from tests.recomputation.ratios import Row, blank_unknown, median_of, ratio

SDR_AE, AE_AM = "sdr_ae", "ae_am"
SDR_AE_COLUMNS = (
    *("sent", "accepted", "rejected", "undecided", "acceptance_share", "due", "decided_in_sla", "sla_share"),
    *("median_hours_to_decision", "expected_accepted", "accepted_residual", "cohort_deals", "cohort_won"),
    *("expected_won", "won_residual", "rejected_with_reason", "reason_rate", "top_reject_reason"),
)
AE_AM_COLUMNS = (
    *("accounts_handed_over", "accounts_lost", "accounts_shrunk", "expected_lost_or_shrunk", "lost_residual"),
    "median_days_to_first_owner",
)
NEEDS = {
    **dict.fromkeys(("cohort_deals", "cohort_won", "expected_won", "won_residual"), ("opportunities",)),
    **dict.fromkeys(("accounts_lost", "accounts_shrunk", "expected_lost_or_shrunk", "lost_residual"), ("invoices",)),
}


@dataclass(frozen=True)
class HandedOver:
    """An account won by an AE and what became of it with the AM who got it."""

    win: FirstWin
    am: str
    days_to_owner: float | None  # None: nobody has owned it since
    is_lost: bool
    is_shrunk: bool


class Pairs:
    """Hand-offs of one CRM, from SDR to AE and from AE to AM."""

    def __init__(self, crm: Crm, books: Books) -> None:
        self.crm = crm
        self.books = books
        self.first_wins = first_wins(crm)

    def rows(self, period: Period) -> list[Row]:
        """One row per pair with something between them."""
        return [blank_unknown(row, NEEDS, self.crm.delivered) for row in self._sdr_ae(period) + self._ae_am(period)]

    def _sdr_ae(self, period: Period) -> list[Row]:
        sent = [h for h in self.crm.handoffs if period.holds(h.sent_on)]
        due = [h for h in sent if self._is_due(h)]
        acceptance = tally_of(((h.sdr_id, h.ae_id), h.decision == "accepted") for h in due)
        window = window_of(self.crm, period)
        cohort = [deal for deal in self.crm.deals if window.holds(deal.accept_on)]
        wins = cohort_tally(self.crm, window, cohort)
        from_sdrs = {(d.handoff.sdr_id, d.accept_ae) for d in cohort if d.handoff is not None}
        rows = []
        for pair in sorted({(h.sdr_id, h.ae_id) for h in sent} | from_sdrs):
            own = [h for h in sent if (h.sdr_id, h.ae_id) == pair]
            rows.append(
                {
                    **self._who(period, SDR_AE, pair, ("SDR", "AE")),
                    **self._decisions(own),
                    **dict(zip(("expected_accepted", "accepted_residual"), expectation(acceptance, pair), strict=True)),
                    "cohort_deals": wins.trials[pair],
                    "cohort_won": wins.successes[pair],
                    **dict(zip(("expected_won", "won_residual"), expectation(wins, pair), strict=True)),
                    **dict.fromkeys(AE_AM_COLUMNS),
                }
            )
        return rows

    def _is_due(self, handoff: SimpleNamespace) -> bool:
        """Decided, or sent so long ago that it should have been."""
        sla = timedelta(hours=self.crm.config.acceptance_sla_hours)
        return handoff.decision is not None or handoff.sent_at <= self.crm.end - sla

    def _decisions(self, handoffs: list[SimpleNamespace]) -> Row:
        sla = timedelta(hours=self.crm.config.acceptance_sla_hours)
        decisions = Counter(h.decision for h in handoffs)
        waits = [h.decided_at - h.sent_at for h in handoffs if h.decided_at is not None]
        reasons = Counter(h.reject_reason for h in handoffs if h.decision == "rejected" and h.reject_reason)
        due = sum(self._is_due(h) for h in handoffs)
        in_sla = sum(wait <= sla for wait in waits)
        return {
            "sent": len(handoffs),
            "accepted": decisions["accepted"],
            "rejected": decisions["rejected"],
            "undecided": decisions[None],
            "acceptance_share": ratio(decisions["accepted"], due),
            "due": due,
            "decided_in_sla": in_sla,
            "sla_share": ratio(in_sla, due),
            "median_hours_to_decision": median_of(wait.total_seconds() / 3600 for wait in waits),
            "rejected_with_reason": reasons.total(),
            "reason_rate": ratio(reasons.total(), decisions["rejected"]),
            "top_reject_reason": min(reasons, key=lambda reason: (-reasons[reason], reason), default=None),
        }

    def _ae_am(self, period: Period) -> list[Row]:
        wins = in_quality_window(self.first_wins, period)
        handed = [self._handed_over(win, period.cut) for win in wins]
        worse = tally_of((((h.win.ae, h.am), h.is_lost or h.is_shrunk) for h in handed), ae_side=0)
        by_pair: dict[Pair, list[HandedOver]] = defaultdict(list)
        for h in handed:
            by_pair[h.win.ae, h.am].append(h)
        return [
            {
                **self._who(period, AE_AM, pair, ("AE", "AM")),
                **dict.fromkeys(SDR_AE_COLUMNS),
                "accounts_handed_over": len(own),
                "accounts_lost": sum(h.is_lost for h in own),
                "accounts_shrunk": sum(h.is_shrunk for h in own),
                **dict(zip(("expected_lost_or_shrunk", "lost_residual"), expectation(worse, pair), strict=True)),
                "median_days_to_first_owner": median_of(h.days_to_owner for h in own if h.days_to_owner is not None),
            }
            for pair, own in sorted(by_pair.items())
        ]

    def _handed_over(self, win: FirstWin, end: date) -> HandedOver:
        """The account with the first AM who owned it from the close on; with nobody if nobody did by `end`."""
        owner = self.books.first_owner(win.account, win.close_on, end)
        early = self._spent(win, (1, LATER_DAYS[0] - 1), end)
        late = self._spent(win, LATER_DAYS, end)
        is_active = win.is_active(self.books)
        return HandedOver(
            win,
            owner[1] if owner else UNASSIGNED,
            float((owner[0] - win.close_on).days) if owner else None,
            is_lost=not is_active,
            is_shrunk=is_active and late < early,
        )

    def _spent(self, win: FirstWin, days: tuple[int, int], end: date) -> Decimal:
        first, last = (win.close_on + timedelta(days=n) for n in days)
        return self.books.spent(win.account, first, last + timedelta(days=1), end)

    def _who(self, period: Period, kind: str, pair: Pair, roles: tuple[str, str]) -> Row:
        columns: Row = {**period.columns, "pair_kind": kind}
        for side, who, role in zip(("from", "to"), pair, roles, strict=True):
            columns[f"{side}_id"] = who
            columns[f"{side}_name"] = full_name(who, self.crm.names)
            columns[f"{side}_team"] = self.crm.roles.columns("", who, role, period, self.crm.names)["team"]
        return columns


def tally_of(trials: Iterable[tuple[Pair, bool]], ae_side: int = 1) -> Tally:
    """Trials and successes of each pair."""
    counted, successes = Counter[Pair](), Counter[Pair]()
    for pair, is_success in trials:
        counted[pair] += 1
        successes[pair] += is_success
    return Tally(counted, successes, ae_side)


def expectation(tally: Tally, pair: Pair) -> tuple[float, float]:
    """(expected successes of the pair from what both do with others, observed − expected); of no trials none."""
    n = tally.trials[pair]
    if not n or tally.prior is None:
        return 0.0, 0.0
    share = mean = tally.prior.mean
    if 0 < mean < 1:
        of_from, of_to = tally.leave_one_out(pair)
        share = 1 / (1 + exp(-(logit(of_from) + logit(of_to) - logit(mean))))
    return n * share, tally.successes[pair] - n * share


def logit(share: float) -> float:
    return log(share / (1 - share))
