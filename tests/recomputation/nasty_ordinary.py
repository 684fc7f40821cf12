"""What is ordinary about the nasty company: enough leads, deals, calls and clients that people can be ranked.

Everything is a formula of a running number, so that no two people are alike and nothing is random.
"""

from __future__ import annotations

from datetime import date, timedelta

SDRS, AES = ("s1", "s2", "s4"), ("a1", "a2", "a1", "s4")
REASONS = ("No budget", "", "Duplicate", "Too loud", "no budget")  # the last two are in no seed
CURRENCIES = ("EUR", "USD", "PLN")
CLIENT_OWNERS = ("m1", "m3", "m4", "m1", "m5")
LAST_INVOICE = date(2024, 4, 30)


def leads() -> list[str]:
    """l1 … l60 of s1, s2, s4 in turn, k1 … k22 of s5, one each week; every other one strictly qualified."""
    rows = []
    for n in range(1, 61):
        day, strict = date(2023, 3, 1) + timedelta(days=7 * n), ("true", "false")[n % 2]
        rows.append(f"l{n},{day}T08:30:00Z,{SDRS[n % 3]},,{day}T15:00:00Z,true,true,{strict},true,{day}T15:00:00Z")
    for n in range(1, 23):
        day, strict = date(2023, 7, 25) + timedelta(days=7 * n), ("true", "true", "false")[n % 3]
        rows.append(f"k{n},{day}T08:30:00Z,s5,fair,{day}T15:00:00Z,true,{strict},true,true,{day}T15:00:00Z")
    return rows


def calls(known_on: date) -> list[str]:
    """Some calls of four SDRs each week from March 2023 to the day before `known_on`, on leads in turn."""
    rows = []
    for week in range(66):
        day = date(2023, 3, 6) + timedelta(days=7 * week)
        for at, sdr in enumerate(("s1", "s2", "s3", "s5")):
            for n in range(1 + (week + at) % (at + 2)):
                start = f"y{week}-{sdr}-{n},{sdr},call,{day + timedelta(days=n)}T{8 + n:02}:00:00Z"
                if day + timedelta(days=n) < known_on:
                    rows.append(
                        f"{start},{('true', '')[n % 2]},l{(week + n) % 60 + 1},{day + timedelta(days=n)}T20:00:00Z"
                    )
    return rows


def funnel(known_on: date) -> tuple[list[str], list[str]]:
    """Hand-offs and deals of l2 … l60 and k1 … k22, as known on a day."""
    handoffs, deals = [], []
    for n in range(2, 61):
        sent = date(2023, 3, 3) + timedelta(days=7 * n)
        is_accepted, days = n % 7 not in (1, 4), 20 + n * 11 % 50
        handoffs.append(_handoff("g", "l", n, (SDRS[n % 3], AES[n % 4]), sent, is_accepted))
        if is_accepted:
            deals.append(_deal("d", "l", n, AES[n % 4], sent, sent + timedelta(days=days), bool(n % 3), known_on))
    for n in range(1, 23):
        sent, ae = date(2023, 8, 1) + timedelta(days=7 * n), ("a4", "a4", "a5")[n % 3]
        handoffs.append(_handoff("e", "k", n, ("s5", ae), sent, bool(n % 5)))
        if n % 5:
            deals.append(_deal("f", "k", n, ae, sent, sent + timedelta(days=15 + n), bool(n % 2), known_on))
    return handoffs, deals


def _handoff(kind: str, lead: str, n: int, pair: tuple[str, str], sent: date, is_accepted: bool) -> str:
    decided = f"{sent + timedelta(days=1 + n % 3)}T{n % 24:02}:15:00Z"
    decision = "accepted," if is_accepted else "rejected,"
    reason = "" if is_accepted else REASONS[n % len(REASONS)]
    return f"{kind}{n},{lead}{n},{pair[0]},{pair[1]},{sent}T09:00:00Z,{decision}{decided},{reason},,{decided},"


def _deal(kind: str, lead: str, n: int, ae: str, sent: date, closed: date, is_won: bool, known_on: date) -> str:
    created = f"{sent + timedelta(days=1)}T12:00:00Z"
    start, account = f"{kind}{n},{ae},{created}", f"{'w' if kind == 'd' else 'v'}{n}"
    if closed >= known_on:
        return f"{start},New,false,false,{n}00.10,EUR,{account},{lead}{n},,{created},"
    result = "Won,true,true" if is_won else "Lost,true,false"
    return f"{start},{result},{n}00.10,EUR,{account},{lead}{n},{closed}T16:20:00Z,{closed}T16:20:00Z,"


def accounts() -> list[str]:
    """Clients that the funnel wins, and old clients of m4 and m5."""
    clients = [*(f"w{n}" for n in range(2, 61)), *(f"v{n}" for n in range(1, 23)), *(f"q{n}" for n in range(1, 21))]
    return [f"{client},{('big', 'small')[n % 2]},2022-04-01,,2024-01-20T00:00:00Z," for n, client in enumerate(clients)]


def account_owners() -> list[str]:
    """Clients won by the funnel, owned some days before or after their close, and old clients of m4 and m5."""
    rows = []
    for n in range(2, 61):
        closed = date(2023, 3, 3) + timedelta(days=7 * n + 20 + n * 11 % 50)
        if n % 13:
            owned = closed + timedelta(days=n % 9 - 3)
            rows.append(f"w{n},{CLIENT_OWNERS[n % 5]},{owned},,2024-01-20T00:00:00Z")
    for n in range(1, 21):
        rows.append(f"q{n},{'m4' if n <= 10 else 'm5'},2022-04-01,,2024-01-20T00:00:00Z")
    return rows


def sessions() -> list[str]:
    """Coaching with a topic, most of it long ago enough to have 60 days after it."""
    return [line.strip() for line in _SESSIONS.strip().splitlines()]


# Two on one day, e16 told as the coach's metric; e20 60 days after them, so no first one; e21 61 days after e20.
_SESSIONS = """
    e15,a2,s1,2023-08-01,one_on_one,2024-05-01T00:00:00Z,30,acceptance_rate,
    e16,a1,s1,2023-08-01,one_on_one,2024-05-01T00:00:00Z,45,close_rate_adjusted,
    e20,a1,s1,2023-09-30,one_on_one,2024-05-01T00:00:00Z,,acceptance_rate,
    e21,a1,s1,2023-11-30,one_on_one,2024-05-01T00:00:00Z,30,acceptance_rate,
    e22,a1,s5,2023-10-10,one_on_one,2024-05-01T00:00:00Z,30,acceptance_rate,
    e23,a1,s2,2023-10-20,one_on_one,2024-05-01T00:00:00Z,20,,
    e24,a1,s4,2023-12-05,one_on_one,2024-05-01T00:00:00Z,30,acceptance_rate,
    e25,a2,s2,2023-06-10,one_on_one,2024-05-01T00:00:00Z,30,acceptance_rate,
    e26,a2,s4,2023-07-04,one_on_one,2024-05-01T00:00:00Z,30,acceptance_rate,
    e27,a4,s5,2024-01-16,one_on_one,2024-05-01T00:00:00Z,30,career,
    e28,a1,s1,2024-04-20,one_on_one,2024-05-01T00:00:00Z,30,lead_velocity,
    e30,boss,s1,2023-07-10,one_on_one,2024-05-01T00:00:00Z,30,lead_velocity,
    e31,boss,s2,2023-08-20,one_on_one,2024-05-01T00:00:00Z,30,lead_velocity,
    e32,boss,s5,2023-12-12,one_on_one,2024-05-01T00:00:00Z,30,lead_velocity,
    e33,boss,s1,2023-07-11,one_on_one,2024-05-01T00:00:00Z,30,qualification_efficiency,
    e34,boss,s5,2023-12-13,one_on_one,2024-05-01T00:00:00Z,30,qualification_efficiency,
    e35,a1,s2,2023-09-01,one_on_one,2024-05-01T00:00:00Z,30,offered_yield,
    e36,a1,s4,2023-09-12,one_on_one,2024-05-01T00:00:00Z,30,offered_yield,
    e40,boss,a1,2023-08-08,one_on_one,2024-05-01T00:00:00Z,30,reason_rate,
    e41,boss,a2,2023-09-19,one_on_one,2024-05-01T00:00:00Z,30,reason_rate,
    e42,boss,a1,2023-12-08,one_on_one,2024-05-01T00:00:00Z,30,close_rate_decided,
    e43,boss,a2,2023-07-18,one_on_one,2024-05-01T00:00:00Z,30,close_rate_decided,
    e44,boss,a4,2023-12-18,one_on_one,2024-05-01T00:00:00Z,30,close_rate_decided,
    e45,m1,a1,2023-10-01,one_on_one,2024-05-01T00:00:00Z,30,grr,
    e46,boss,s3,2024-05-01,one_on_one,2024-05-01T00:00:00Z,30,accepted,
    e47,boss,s3,2023-12-20,one_on_one,2024-05-01T00:00:00Z,30,acceptance_rate,
"""


def invoices() -> list[str]:
    """Invoices until the end of April 2024."""
    return _invoices_of_old_clients() + _invoices_of_new_clients() + _invoices_of_two_years()


def _invoices_of_two_years() -> list[str]:
    """Each month from May 2022 a recurring invoice of seven odd clients, growing or shrinking."""
    clients = {"c1": "EUR", "c2": "USD", "c5": "USD", "c7": "EUR", "c9": "PLN", "c10": "EUR", "c13": "USD"}
    rows = []
    for n in range(24):
        month = _month(n)
        for at, (account, currency) in enumerate(clients.items()):
            if account == "c5" and 8 <= n < 21:
                continue  # silent for more than a year
            day = month + timedelta(days=3 * at + n % 5)
            amount = 100 + 10 * at + (n * (at - 3)) + 0.01 * n
            rows.append(f"r{n}-{account},{account},{day},{amount:.2f},{currency},recurring,{day}T12:00:00Z,")
    return rows


def _invoices_of_new_clients() -> list[str]:
    """After the close: of every four one stops within 80 days, one shrinks, two grow."""
    rows = []
    for n in (n for n in range(2, 61) if n % 3 and n % 7 not in (1, 4)):
        closed = date(2023, 3, 3) + timedelta(days=7 * n + 20 + n * 11 % 50)
        for at in range(3 if n % 4 == 0 else 12):
            day = closed + timedelta(days=25 * at + n % 11)
            amount = 50 + 3 * n + (-12 if n % 4 == 1 else 9) * at / 3
            kind = ("recurring", "one_off")[at % 2]
            if day <= LAST_INVOICE:
                rows.append(f"u{n}-{at},w{n},{day},{max(amount, 1):.2f},{CURRENCIES[n % 3]},{kind},{day}T12:00:00Z,")
    return rows


def _invoices_of_old_clients() -> list[str]:
    """m4's two largest grow while six of the small ones are lost in March 2023; m5's clients all grow a little."""
    rows = []
    for n in range(1, 21):
        for at in range(24):
            day = _month(at) + timedelta(days=n)
            amount = 500 + 25 * at if n <= 2 else 40 + n + at / 2
            if not (5 <= n <= 10 and day >= date(2023, 3, 1)):
                rows.append(f"q{n}-{at},q{n},{day},{amount:.2f},{CURRENCIES[n % 3]},recurring,{day}T12:00:00Z,")
    return rows


def _month(n: int) -> date:
    """The first of a month, counted from May 2022."""
    return date(2022 + (n + 4) // 12, (n + 4) % 12 + 1, 1)
