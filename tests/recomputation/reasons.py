"""reject_reasons: what AEs say about the leads they send back, and whose leads get it more often than others'."""

from __future__ import annotations

from collections import Counter

from tests.recomputation.crm import Crm
from tests.recomputation.definitions import seed
from tests.recomputation.people import full_name
from tests.recomputation.periods import Period
from tests.recomputation.ratios import Row, ratio

NO_REASON = "(none)"


class Reasons:
    """Rejections of one CRM."""

    def __init__(self, crm: Crm) -> None:
        self.crm = crm
        self.categories = {row["reason"]: row["category"] for row in seed("reject_reason_categories")}

    def rows(self, period: Period) -> list[Row]:
        """One row per SDR, AE and reason among the hand-offs sent in the period."""
        rejected = [
            (h.sdr_id, h.ae_id, h.reject_reason or NO_REASON)
            for h in self.crm.handoffs
            if h.decision == "rejected" and period.holds(h.sent_on)
        ]
        return [self._row(period, sdr, ae, reason, rejected) for sdr, ae, reason in sorted(set(rejected))]

    def _row(self, period: Period, sdr: str, ae: str, reason: str, rejected: list[tuple[str, str, str]]) -> Row:
        pair = Counter(why for s, a, why in rejected if (s, a) == (sdr, ae))
        of_sdr = Counter(why for s, _, why in rejected if s == sdr)
        of_ae = Counter(why for _, a, why in rejected if a == ae)
        of_all = Counter(why for _, _, why in rejected)
        shares = [ratio(counter[reason], counter.total()) for counter in (pair, of_sdr, of_ae, of_all)]
        return {
            **period.columns,
            "sdr_id": sdr,
            "sdr_name": full_name(sdr, self.crm.names),
            "ae_id": ae,
            "ae_name": full_name(ae, self.crm.names),
            "reason": reason,
            "category": "none" if reason == NO_REASON else self.categories.get(reason, "unmapped"),
            "is_mapped": reason in self.categories,
            "rejections": pair[reason],
            "pair_rejections": pair.total(),
            "sdr_rejections": of_sdr.total(),
            "ae_rejections": of_ae.total(),
            "all_rejections": of_all.total(),
            "sdr_reason_rejections": of_sdr[reason],
            "ae_reason_rejections": of_ae[reason],
            "all_reason_rejections": of_all[reason],
            "share": shares[0],
            "sdr_share": shares[1],
            "ae_share": shares[2],
            "all_share": shares[3],
            "sdr_lift": ratio(shares[1], shares[3]),
            "ae_lift": ratio(shares[2], shares[3]),
        }
