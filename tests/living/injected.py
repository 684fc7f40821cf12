"""Faults that befall a delivery of the living CRM, what must be said of each, and how likely each is to come.

The numbers are those of the catalogue of faults. A fault spoils the rows that a CRM exports, so that the sender vouches
for what is wrong, or the bytes on their way. `UNSEEN` are those that nobody can see without a word of the sender.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from tests.living.crm import Row

Change = Callable[[list[Row], random.Random], list[Row]]
Damage = Callable[[bytes, random.Random], bytes]
Told = Literal["refused", "held", "warned", "unseen"]


@dataclass(frozen=True)
class Fault:
    """What goes wrong with a file of `entity`, how somebody is `told` of it and by which `codes`, one of them at least.

    `of_full`: befalls a full export. `is_vouched`: the sender says how many rows and which bytes it sent. `stays`: its
    rows are new records, which the next full export has to delete again.
    """

    name: str
    numbers: tuple[int, ...]
    entity: str
    told: Told
    codes: tuple[str, ...] = ()
    change: Change | None = None
    damage: Damage | None = None
    of_full: bool = True
    is_vouched: bool = True
    stays: bool = False
    weight: int = 1


class Injected:
    """A fault on its way into one delivery."""

    def __init__(self, fault: Fault, chance: random.Random) -> None:
        self.fault, self.entity, self.is_vouched = fault, fault.entity, fault.is_vouched
        self.happened = False
        self._chance = chance

    def rows(self, rows: list[Row]) -> list[Row]:
        """What the CRM exports instead of `rows`, which are copies."""
        self.happened = True
        return self.fault.change(rows, self._chance) if self.fault.change else rows

    def sent(self, content: bytes) -> bytes:
        """What arrives of `content`."""
        return self.fault.damage(content, self._chance) if self.fault.damage else content


# Rows -------------------------------------------------------------------------------------------------------------


def sets(**values: object) -> Change:
    """Every row has these values."""
    return lambda rows, _: [row | values for row in rows]


def makes(column: str, value: Callable[[object], object]) -> Change:
    """Every filled value of a column becomes another."""
    return lambda rows, _: [row | {column: value(row[column])} if row[column] is not None else row for row in rows]


def without(column: str) -> Change:
    return lambda rows, _: [{name: value for name, value in row.items() if name != column} for row in rows]


def renamed(column: str, to: str) -> Damage:
    return lambda content, _: content.replace(column.encode(), to.encode(), 1)


def keeps(share: float) -> Change:
    return lambda rows, chance: [row for row in rows if chance.random() < share]


def one_owner(column: str) -> Change:
    return lambda rows, _: [row for row in rows if row[column] == rows[-1][column]]


def lost_month(column: str) -> Change:
    """The month before the newest is missing."""

    def lose(rows: list[Row], _: random.Random) -> list[Row]:
        months = sorted({row[column].strftime("%Y-%m") for row in rows})
        return [row for row in rows if row[column].strftime("%Y-%m") != months[-2]]

    return lose


def doubled(key: str) -> Change:
    return lambda rows, _: [*rows, *(row | {key: f"{row[key]}-copy"} for row in rows)]


def contradicted(column: str) -> Change:
    """Some rows stand there twice, with another value and the same time of change."""
    return lambda rows, chance: [*rows, *(row | {column: row[column] + 1} for row in chance.sample(rows, 5))]


def one_less(rows: list[Row], chance: random.Random) -> list[Row]:
    """A call is missing, whichever."""
    calls = [row for row in rows if row["kind"] == "call"] or rows
    lost = chance.choice(calls)
    return [row for row in rows if row is not lost]


def nothing(_: list[Row], __: random.Random) -> list[Row]:
    return []


# Bytes ------------------------------------------------------------------------------------------------------------


def cut_after_row(content: bytes, chance: random.Random) -> bytes:
    lines = content.splitlines(keepends=True)
    return b"".join(lines[: chance.randint(2, max(2, len(lines) - 1))])


def cut_anywhere(content: bytes, chance: random.Random) -> bytes:
    # Not where a row ends: that is another fault.
    ends = [place for place in range(len(content) // 2, len(content) - 2) if content[place - 1] != 10]
    return content[: chance.choice(ends)]


def arrives(instead: Callable[[bytes], bytes]) -> Damage:
    return lambda content, _: instead(content)


AMOUNT_MOVED = ("E-CLOSED-MOVED",)
FAULTS = (
    Fault(
        "cut between rows", (2,), "handoffs", "refused", ("E-FILE-SHA", "E-FILE-SHORT"), damage=cut_after_row, weight=3
    ),
    Fault(
        "cut inside a row",
        (3, 4),
        "leads",
        "refused",
        ("E-FILE-CUT", "E-RAGGED", "E-TYPE-DRIFT", "E-CSV-UNTERMINATED"),
        damage=cut_anywhere,
        is_vouched=False,
        weight=3,
    ),
    Fault(
        "empty file", (5,), "invoices", "refused", ("E-FILE-EMPTY",), damage=arrives(lambda _: b""), is_vouched=False
    ),
    Fault("header alone", (6,), "leads", "refused", ("E-HEADER-ONLY",), change=nothing, weight=2),
    Fault(
        "body twice",
        (10,),
        "invoices",
        "refused",
        ("E-DUP-BODY",),
        damage=arrives(lambda content: content + content.split(b"\n", 1)[1]),
        is_vouched=False,
    ),
    Fault(
        "file appended to itself",
        (10,),
        "handoffs",
        "refused",
        ("E-HEADER-REPEATED", "E-DUP-BODY"),
        damage=arrives(lambda content: content + content),
        is_vouched=False,
    ),
    Fault(
        "another encoding",
        (16,),
        "accounts",
        "refused",
        ("E-ENCODING",),
        damage=arrives(lambda content: content.decode().encode("cp1252")),
        is_vouched=False,
    ),
    Fault("NUL", (17,), "leads", "refused", ("E-CSV-NUL",), change=makes("source", lambda text: f"{text}\0")),
    Fault(
        "semicolons",
        (18,),
        "opportunities",
        "refused",
        ("E-HEADER", "E-SCHEMA"),
        damage=arrives(lambda content: content.replace(b",", b";")),
        is_vouched=False,
    ),
    Fault(
        "page for logging in",
        (35,),
        "leads",
        "refused",
        ("E-NOT-CSV",),
        damage=arrives(lambda _: b"<!DOCTYPE html><p>Please log in"),
        is_vouched=False,
    ),
    Fault(
        "column renamed",
        (24,),
        "opportunities",
        "refused",
        ("E-SCHEMA",),
        damage=renamed("stage", "phase"),
        is_vouched=False,
    ),
    Fault("required column gone", (26,), "invoices", "refused", ("E-SCHEMA",), change=without("amount")),
    # W-COLUMN-GONE stands in the log; with a full export all that was known of the column is gone.
    Fault("column gone", (26, 36), "leads", "held", ("E-COVERAGE",), change=without("segment")),
    Fault("other numbers", (27,), "invoices", "refused", ("E-TYPE-DRIFT",), change=makes("amount", lambda n: f"€ {n}")),
    Fault(
        "ids through Excel",
        (34,),
        "accounts",
        "refused",
        ("E-EXCEL-MANGLED",),
        change=makes("account_id", lambda _: "1.23E+17"),
    ),
    Fault(
        "mojibake", (16,), "accounts", "warned", ("W-MOJIBAKE",), change=makes("name", lambda text: mojibake(str(text)))
    ),
    Fault("field out of sight", (36,), "leads", "held", ("E-COVERAGE",), change=sets(qualified_at=None)),
    Fault("one owner alone", (36, 47), "leads", "held", ("E-DELETE-STORM",), change=one_owner("sdr_id"), weight=3),
    Fault("a third gone", (47,), "handoffs", "held", ("E-DELETE-STORM",), change=keeps(0.66), weight=3),
    Fault("month dropped", (47,), "invoices", "held", ("E-DELETE-STORM",), change=lost_month("invoiced_on"), weight=2),
    Fault(
        "rows doubled under new ids",
        (117,),
        "handoffs",
        "held",
        ("E-VOLUME",),
        change=doubled("handoff_id"),
        stays=True,
    ),
    Fault("signs flipped", (58,), "invoices", "held", AMOUNT_MOVED, change=makes("amount", lambda n: -n), weight=2),
    Fault(
        "cents for euros", (27, 45), "opportunities", "held", AMOUNT_MOVED, change=makes("amount", lambda n: 100 * n)
    ),
    Fault("currency without rate", (55,), "invoices", "held", ("E-CURRENCY",), change=sets(currency="XXX"), weight=2),
    Fault("wins forgotten", (45,), "opportunities", "held", AMOUNT_MOVED, change=sets(is_won=False)),
    Fault(
        "month late",
        (28, 45),
        "handoffs",
        "held",
        AMOUNT_MOVED,
        change=makes("sent_at", lambda at: at + timedelta(days=30)),
        weight=2,
    ),
    Fault(
        "year late",
        (28,),
        "activities",
        "held",
        ("E-DATES",),
        change=makes("occurred_at", lambda at: at + timedelta(days=365)),
    ),
    Fault(
        "parents unknown", (59,), "handoffs", "held", ("E-ORPHANS",), change=makes("lead_id", lambda name: f"X{name}")
    ),
    Fault("all by one person", (36, 52), "activities", "held", ("E-COVERAGE",), change=sets(user_id="user-000001")),
    Fault("new stage", (54,), "opportunities", "warned", ("W-STAGE-NEW",), change=sets(stage="Limbo"), of_full=False),
    Fault("contradiction", (43,), "opportunities", "warned", ("W-VERSION-TIE",), change=contradicted("amount")),
    Fault(
        "clock ahead",
        (65,),
        "leads",
        "refused",
        ("E-TYPE-DRIFT", "E-FUTURE"),
        change=makes("updated_at", lambda at: at + timedelta(days=9)),
    ),
)
# Without the sender's count of rows, these look like a CRM in which less happened.
UNSEEN = (
    Fault("a call left out", (2,), "activities", "unseen", change=one_less, of_full=False, is_vouched=False),
    Fault(
        "delta cut between rows", (2,), "activities", "unseen", damage=cut_after_row, of_full=False, is_vouched=False
    ),
)


def mojibake(text: str) -> str:
    """UTF-8 read as cp1252."""
    return text.encode().decode("cp1252", errors="replace")


def drawn(chance: random.Random, number: int) -> list[Fault]:
    """As many faults by weight, all different while there are enough."""
    left, faults = [*FAULTS, *UNSEEN], []
    for _ in range(number):
        left = left or [*FAULTS, *UNSEEN]
        fault = chance.choices(left, [each.weight for each in left])[0]
        left.remove(fault)
        faults.append(fault)
    return faults
