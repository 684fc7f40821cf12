"""A sales company and its CRM, lived day by day from a seed. Knows Podium's contract and nothing else of it.

What belongs here: what happens on a day and which rows the CRM holds then. How rows become files is said in nights.py,
what they add up to in ledger.py, what goes wrong with a delivery in injected.py.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from pipelines.contract import ENTITIES

Row = dict[str, Any]
Rows = dict[tuple[Any, ...], Row]
Happening = Callable[[], None]

STAFF = {"SDR": 6, "AE": 4, "AM": 4}
FIRST_CLIENTS = 70
CALLS_A_DAY, LEADS_A_DAY = 8, 8
CURRENCIES = {"EUR": 0, "USD": Decimal("0.92"), "GBP": Decimal("1.17")}
STAGES = ("Discovery", "Proposal", "Negotiation")
SOURCES = ("web", "fair", "referral", "list")
SEGMENTS = ("small", "middle", "large")
TOPICS = ("acceptance_rate", "close_rate", "upsell_rate")
# A full export has to tell of these alone that a record is gone.
HARD_DELETES_A_WEEK = 2


class Crm:
    """The rows of every entity as they stand after `today`, and which of them changed since the last delivery."""

    def __init__(self, seed: int, start: date, holidays: tuple[date, ...]) -> None:
        self.chance = random.Random(seed)
        self.rows: dict[str, Rows] = {name: {} for name in ENTITIES}
        self.touched: dict[str, dict[tuple[Any, ...], Row]] = defaultdict(dict)
        self.today = start
        self._holidays = set(holidays)
        self._agenda: dict[date, list[Happening]] = defaultdict(list)
        self._counted: dict[str, int] = defaultdict(int)
        self._rates = {name: rate for name, rate in CURRENCIES.items() if rate}
        self._contracts: dict[str, Row] = {}
        self._found()

    def live(self) -> None:
        """One more day: what was to happen, what happens every day, and what happens rarely."""
        self.today += timedelta(days=1)
        self._rate()
        for happening in self._agenda.pop(self.today, ()):
            happening()
        share = 1.0 if self.is_working(self.today) else 0.06
        for _ in range(self._about(LEADS_A_DAY * share)):
            self._lead()
        for person in self.team("SDR"):
            for _ in range(self._about(CALLS_A_DAY * share)):
                self._call(person)
        if self.today.day == 1:
            self._first_of_month()
        if self.is_working(self.today):
            self._rarely()

    def is_working(self, day: date) -> bool:
        return day.weekday() < 5 and day not in self._holidays

    def team(self, role: str) -> list[str]:
        """Who holds a role today."""
        held = (row for row in self.rows["assignments"].values() if row["role"] == role and not row["valid_to"])
        return sorted({row["user_id"] for row in held if row["valid_from"] <= self.today})

    def delivered(self) -> None:
        """Everything up to now has been exported."""
        self.touched.clear()

    # Rows -----------------------------------------------------------------------------------------------------------

    def _put(self, entity: str, **values: Any) -> Row:
        """Write a row or change the one of its key, now."""
        spec = ENTITIES[entity]
        key = tuple(values[name] for name in spec.key)
        row = self.rows[entity].setdefault(key, dict.fromkeys(spec.column_names))
        row |= values
        if spec.has_updated_at:
            row["updated_at"] = self._moment(18, 21)
        self.touched[entity][key] = row
        return row

    def _change(self, entity: str, row: Row, **values: Any) -> None:
        self._put(entity, **{name: row[name] for name in ENTITIES[entity].key} | values)

    def _new_id(self, kind: str) -> str:
        self._counted[kind] += 1
        return f"{kind}-{self._counted[kind]:06d}"

    def _moment(self, first_hour: int = 8, last_hour: int = 18) -> datetime:
        return datetime.combine(self.today, time(first_hour), UTC) + timedelta(
            seconds=self.chance.randrange((last_hour - first_hour) * 3600)
        )

    def _about(self, mean: float) -> int:
        return sum(self.chance.random() < mean / 20 for _ in range(20))

    def _happens(self, share: float) -> bool:
        return self.chance.random() < share

    def _later(self, least: int, most: int, happening: Happening) -> None:
        """Let something happen some days from now, on a working day."""
        day = self.today + timedelta(days=self.chance.randint(least, most))
        while day <= self.today or not self.is_working(day):
            day += timedelta(days=1)
        self._agenda[day].append(happening)

    def _keyed_in(self, late: float, least: int, most: int, entity: str, **values: Any) -> None:
        """Write a row today or, for a share of them, days after what it tells of."""
        if not self._happens(late):
            self._put(entity, **values)
            return
        day = self.today + timedelta(days=self.chance.randint(least, most))
        self._agenda[day].append(lambda: void(self._put(entity, **values)))

    # People ---------------------------------------------------------------------------------------------------------

    def _found(self) -> None:
        for role, number in STAFF.items():
            for _ in range(number):
                self._join(role)
        self._join("manager")
        for _ in range(FIRST_CLIENTS):
            self._client(self._new_id("acct"))

    def _join(self, role: str, user_id: str = "") -> None:
        person = user_id or self._new_id("user")
        if not user_id:
            hired = {"hired_on": self.today, "is_active": True}
            self._put("users", user_id=person, full_name=f"Person {person}", email=f"{person}@example.com", **hired)
        self._put("assignments", user_id=person, role=role, valid_from=self.today, team=f"Team {role}")

    def _end_role(self, person: str) -> str:
        """End whatever role somebody holds, as of today; returns it."""
        for row in list(self.rows["assignments"].values()):
            if row["user_id"] == person and not row["valid_to"]:
                self._change("assignments", row, valid_to=self.today)
                return str(row["role"])
        raise LookupError(person)

    def _leave(self, role: str) -> None:
        person = self.chance.choice(self.team(role))
        self._end_role(person)
        self._change("users", {"user_id": person}, is_active=False, left_on=self.today)
        self._join(role)
        self._pass_on(person, role)

    def _change_role(self) -> None:
        person = self.chance.choice(self.team("SDR"))
        self._end_role(person)
        self._join("AE", person)
        self._join("SDR")
        # The team of AEs does not grow without end.
        other = self.chance.choice([ae for ae in self.team("AE") if ae != person])
        self._end_role(other)
        self._join("AM", other)
        self._pass_on(other, "AE")

    def _pass_on(self, person: str, role: str) -> None:
        """Open deals and clients of somebody who no longer has the role go to colleagues."""
        if role == "AE":
            for deal in [d for d in self.rows["opportunities"].values() if d["owner_id"] == person]:
                if not deal["is_closed"]:
                    self._move(deal, owner_id=self.chance.choice(self.team("AE")))
        if role == "AM":
            for own in [o for o in self.rows["account_owners"].values() if o["am_id"] == person and not o["valid_to"]]:
                self._hand_over(own)

    def _hand_over(self, own: Row) -> None:
        others = [am for am in self.team("AM") if am != own["am_id"]]
        if own["valid_from"] < self.today:
            self._change("account_owners", own, valid_to=self.today)
            self._put(
                "account_owners", account_id=own["account_id"], am_id=self.chance.choice(others), valid_from=self.today
            )

    # Leads, calls, hand-offs ----------------------------------------------------------------------------------------

    def _lead(self) -> None:
        lead_id = self._new_id("lead")
        sdr, facts = self.chance.choice(self.team("SDR")), {"source": self.chance.choice(SOURCES), "status": "new"}
        segment = self.chance.choice(SEGMENTS)
        self._put("leads", lead_id=lead_id, created_at=self._moment(), sdr_id=sdr, segment=segment, **facts)
        if self._happens(0.55):
            self._later(1, 6, lambda: self._qualify(lead_id))

    def _call(self, person: str) -> None:
        # A few in the evening: after midnight where the company is.
        at = self._moment(22, 23) if self._happens(0.01) else self._moment()
        known = self._counted["lead"]
        lead_id = f"lead-{self.chance.randint(max(1, known - 150), known):06d}" if known else None
        kind = "call" if self._happens(0.8) else self.chance.choice(("email", "meeting", "other"))
        done = {"kind": kind, "is_completed": self._happens(0.9), "occurred_at": at, "duration_seconds": 180}
        lead = lead_id if (lead_id,) in self.rows["leads"] else None
        self._keyed_in(0.02, 1, 20, "activities", activity_id=self._new_id("act"), user_id=person, lead_id=lead, **done)

    def _qualify(self, lead_id: str) -> None:
        lead = self.rows["leads"].get((lead_id,))
        if lead is None or lead.get("is_deleted"):
            return
        sdr = lead["sdr_id"] if lead["sdr_id"] in self.team("SDR") else self.chance.choice(self.team("SDR"))
        met = {f"{name}_confirmed": self._happens(0.8) for name in ("budget", "authority", "need", "timing")}
        self._change("leads", lead, sdr_id=sdr, status="qualified", qualified_at=self._moment(8, 16), **met)
        self._later(0, 2, lambda: self._send(lead_id, sdr))

    def _send(self, lead_id: str, sdr: str) -> None:
        handoff_id, ae = self._new_id("hand"), self.chance.choice(self.team("AE"))
        sdr = sdr if sdr in self.team("SDR") else self.chance.choice(self.team("SDR"))
        sent = {"lead_id": lead_id, "sdr_id": sdr, "ae_id": ae, "sent_at": self._moment(16, 18)}
        self._keyed_in(0.03, 1, 4, "handoffs", handoff_id=handoff_id, **sent)
        if self._happens(0.93):
            least, most = (5, 8) if self._happens(0.1) else (1, 4)
            self._later(least, most, lambda: self._decide(handoff_id))

    def _decide(self, handoff_id: str) -> None:
        handoff = self.rows["handoffs"].get((handoff_id,))
        if handoff is None:
            self._later(1, 2, lambda: self._decide(handoff_id))
            return
        at = self._moment(9, 12)
        lead = {"lead_id": handoff["lead_id"]}
        if self._happens(0.3):
            reason = self.chance.choice(("no_budget", "wrong_person", "duplicate", None))
            self._change("handoffs", handoff, decision="rejected", decided_at=at, reject_reason=reason)
            self._change("leads", lead, status="rejected")
            return
        deal_id = self._new_id("deal")
        self._change("handoffs", handoff, decision="accepted", decided_at=at, opportunity_id=deal_id)
        self._change("leads", lead, status="accepted")
        self._deal(deal_id, handoff, at)

    # Deals ----------------------------------------------------------------------------------------------------------

    def _deal(self, deal_id: str, handoff: Row, at: datetime) -> None:
        owner = handoff["ae_id"] if handoff["ae_id"] in self.team("AE") else self.chance.choice(self.team("AE"))
        worth = {"amount": self._money(1000, 20000), "currency": self._currency()}
        state = {"stage": STAGES[0], "is_closed": False, "is_won": False, "lead_id": handoff["lead_id"]}
        due = self.today + timedelta(days=40)
        opened = {"owner_id": owner, "created_at": at, "expected_close_on": due}
        deal = self._put("opportunities", opportunity_id=deal_id, **opened, **worth, **state)
        self._remember(deal, at)
        self._later(4, 20, lambda: self._advance(deal, 1))

    def _advance(self, deal: Row, step: int) -> None:
        if deal["is_closed"]:
            return
        if self._happens(0.2):
            self._move(deal, expected_close_on=self.today + timedelta(days=45))
        if self._happens(0.18) or (step == len(STAGES) and self._happens(0.4)):
            self._lose(deal, step)
        elif step == len(STAGES):
            self._win(deal)
        else:
            self._move(deal, stage=STAGES[step])
            self._later(4, 20, lambda: self._advance(deal, step + 1))

    def _move(self, deal: Row, **values: Any) -> None:
        self._change("opportunities", deal, **values)
        self._remember(deal, self._moment(12, 17))

    def _remember(self, deal: Row, at: datetime) -> None:
        told = {name: deal[name] for name in ("opportunity_id", "stage", "owner_id", "amount", "expected_close_on")}
        self._put("opportunity_history", changed_at=at, **told)

    def _win(self, deal: Row) -> None:
        at, account_id = self._moment(12, 17), self._new_id("acct")
        self._client(account_id, deal)
        self._change(
            "opportunities", deal, stage="Won", is_closed=True, is_won=True, closed_at=at, account_id=account_id
        )
        self._remember(deal, at)

    def _lose(self, deal: Row, step: int) -> None:
        at, why = self._moment(12, 17), self.chance.choice(("price", "timing", "silence"))
        self._change("opportunities", deal, stage="Lost", is_closed=True, closed_at=at, loss_reason=why)
        self._remember(deal, at)
        if self._happens(0.04) and self.today.day < 25:
            self._later(1, 2, lambda: self._reopen(deal, step))

    def _reopen(self, deal: Row, step: int) -> None:
        self._move(deal, stage=STAGES[step - 1], is_closed=False, closed_at=None, loss_reason=None)
        self._later(4, 12, lambda: self._advance(deal, step))

    # Clients --------------------------------------------------------------------------------------------------------

    def _client(self, account_id: str, deal: Row | None = None) -> None:
        facts = {"segment": self.chance.choice(SEGMENTS), "created_at": self._moment(9, 11)}
        self._put("accounts", account_id=account_id, name=f"Café Müller {account_id}", **facts)
        self._put(
            "account_owners", account_id=account_id, am_id=self.chance.choice(self.team("AM")), valid_from=self.today
        )
        currency = deal["currency"] if deal else self._currency()
        self._contracts[account_id] = {"currency": currency, "amount": self._money(100, 1500)}

    def _first_of_month(self) -> None:
        """Billing, targets, pay; contracts end, grow or shrink."""
        for account_id, contract in list(self._contracts.items()):
            if self._happens(0.02):
                del self._contracts[account_id]
                continue
            if self._happens(0.06):
                contract["amount"] = (contract["amount"] * Decimal(self.chance.choice(("0.8", "1.25")))).quantize(
                    Decimal("0.01")
                )
            self._bill(account_id, contract["amount"], "recurring")
        for role, metric, target in (("SDR", "leads_sent", 15), ("AE", "deals_won", 6)):
            for person in self.team(role):
                self._put("targets", user_id=person, month=self.today, metric=metric, target=target)
        for person in self.team("AE"):
            pay = {"amount": self._money(500, 3000), "currency": "EUR", "selling_days": 20}
            month = (self.today - timedelta(days=1)).replace(day=1)
            self._put("variable_pay", user_id=person, month=month, **pay)

    def _bill(self, account_id: str, amount: Decimal, kind: str) -> None:
        bill = {"amount": amount, "currency": self._contracts[account_id]["currency"], "kind": kind}
        late, on = 0.01, {"account_id": account_id, "invoiced_on": self.today}
        self._keyed_in(late, 1, 4, "invoices", invoice_id=self._new_id("inv"), **on, **bill)

    def _rarely(self) -> None:
        """What does not happen every day."""
        clients = sorted(self._contracts)
        for _ in range(self._about(1)):
            self._bill(self.chance.choice(clients), self._money(50, 800), "one_off")
        if self._happens(0.05):
            self._bill(self.chance.choice(clients), -self._money(20, 90), "credit")
        if self._happens(0.15):
            owned = [own for own in self.rows["account_owners"].values() if not own["valid_to"]]
            self._hand_over(self.chance.choice(owned))
        if self._happens(0.03):
            self._merge(clients)
        if self._happens(0.012):
            self._leave(self.chance.choice(("SDR", "SDR", "AE", "AM")))
        if self._happens(0.008):
            self._change_role()
        if self._happens(0.4):
            coach, coachee = self.chance.choice(self.team("AE")), self.chance.choice(self.team("SDR"))
            held = {"held_on": self.today, "minutes": 30, "kind": "one_on_one", "topic": self.chance.choice(TOPICS)}
            self._put("coaching_sessions", session_id=self._new_id("coach"), coach_id=coach, coachee_id=coachee, **held)
        self._forget()

    def _merge(self, clients: list[str]) -> None:
        loser, survivor = self.chance.sample(clients, 2)
        self._change("accounts", {"account_id": loser}, merged_into_id=survivor)
        del self._contracts[loser]

    def _forget(self) -> None:
        """Delete a call that was a mistake, and leads that nobody worked: marked, or gone for good."""
        if self._happens(0.3):
            call = self.rows["activities"][self.chance.choice(list(self.rows["activities"])[-400:])]
            self._change("activities", call, is_deleted=True)
        idle = [row for row in list(self.rows["leads"].values())[-120:-60] if row["status"] == "new"]
        if idle and self._happens(0.2):
            lead = self.chance.choice(idle)
            self._change("leads", lead, is_deleted=True)
            self._let_go(lead)
        if idle and self._happens(HARD_DELETES_A_WEEK / 5):
            lead = self.chance.choice(idle)
            del self.rows["leads"][lead["lead_id"],]
            self.touched["leads"].pop((lead["lead_id"],), None)
            self._let_go(lead)

    def _let_go(self, lead: Row) -> None:
        """Calls stay when their lead is deleted, and name none any more."""
        for call in list(self.rows["activities"].values()):
            if call["lead_id"] == lead["lead_id"]:
                self._change("activities", call, lead_id=None)

    # Money ----------------------------------------------------------------------------------------------------------

    def _rate(self) -> None:
        for currency, rate in self._rates.items():
            moved = rate * (1 + Decimal(self.chance.randint(-40, 40)) / 10000)
            self._rates[currency] = moved.quantize(Decimal("0.00000001"))
            self._put("fx_rates", currency=currency, rate_on=self.today, rate_to_base=self._rates[currency])

    def _currency(self) -> str:
        return self.chance.choices(list(CURRENCIES), (70, 20, 10))[0]

    def _money(self, least: int, most: int) -> Decimal:
        return Decimal(self.chance.randint(least * 100, most * 100)) / 100


def void(_: object) -> None:
    """What happens gives nothing back."""
