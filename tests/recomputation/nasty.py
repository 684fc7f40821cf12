"""A small company whose CRM does everything a CRM should not do, as CSV deliveries.

Company time is Europe/Berlin, the fiscal year begins in April, the base currency is EUR. Five deliveries up to
2024-06-12. Here are the odd rows, with a comment what is odd about them; most are ordinary, so that there is something
to rank: nasty_ordinary.py.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from tests.recomputation import nasty_ordinary as ordinary
from tests.recomputation.deliver import deliver
from tests.recomputation.nasty_pay import LAST_PAY, VARIABLE_PAY

CONFIG = """
company_time_zone: Europe/Berlin
base_currency: EUR
fiscal_start_month: 4
acceptance_sla_hours: 48
close_window_days: 300
"""
# The same company with the other ways to value a portfolio and to set the horizon, in the other language.
OTHER_CONFIG = CONFIG + "portfolio_value: recurring_month\nclose_horizon_days: 45\nreport: {language: ru}\n"
NEWEST = date(2024, 6, 12)
EARLIER = date(2024, 5, 10)  # a date with a delivery, for a night that knows less


def write_nasty(inbox: Path) -> None:
    """Write all deliveries below `inbox`."""
    first_sent, first_deals = ordinary.funnel(EARLIER)
    owners = table(ACCOUNT_OWNERS, ordinary.account_owners())
    deliver(
        inbox,
        "2024-02-01",
        users=USERS,
        assignments=ASSIGNMENTS,
        accounts=table(ACCOUNTS, ordinary.accounts()),
        account_owners=owners,
        fx_rates=FX_RATES,
        activities=table(ACTIVITIES, ordinary.calls(date(2024, 1, 20))),
        targets=TARGETS,
    )
    deliver(
        inbox,
        "2024-05-10",
        activities=table(ACTIVITIES_HEADER, ordinary.calls(EARLIER)),
        leads=table(LEADS, ordinary.leads()),
        handoffs=table(HANDOFFS, first_sent),
        opportunities=table(OPPORTUNITIES, first_deals),
        opportunity_history=HISTORY,
        invoices=table(INVOICES, ordinary.invoices()),
        coaching_sessions=table(SESSIONS, ordinary.sessions()),
        variable_pay=VARIABLE_PAY,
    )
    # Only a full delivery can say that a row is gone: the row of c11 was a mistake.
    kept = [line for line in owners.splitlines() if "c11,m1" not in line]
    deliver(inbox, "2024-05-20", mode="full", account_owners="\n".join(kept))
    deliver(inbox, "2024-06-12", **LAST_DELIVERY, variable_pay=LAST_PAY)
    # Another system sends what it corrected, under an older date and later than everything else.
    deliver(inbox, "2024-06-01", source="billing", version=3, invoices=LATE_INVOICES, fx_rates=CORRECTED_RATE)


def table(odd: str, ordinary: list[str]) -> str:
    """An entity's odd rows, then its ordinary ones."""
    return "\n".join([*(line.strip() for line in odd.strip().splitlines()), *ordinary])


USERS = """
    user_id,full_name,updated_at
    boss,Bea Boss,2022-05-01T00:00:00Z
    s1,Sara,2022-05-01T00:00:00Z
    s2,Sven,2022-05-01T00:00:00Z
    s3,Sofia,2022-05-01T00:00:00Z
    s4,Sami,2022-05-01T00:00:00Z
    a1,Anna,2022-05-01T00:00:00Z
    a2,Aron,2022-05-01T00:00:00Z
    a3,Ayse,2022-05-01T00:00:00Z
    m1,Mia,2022-05-01T00:00:00Z
    m2,Max,2022-05-01T00:00:00Z
    m3,Mona,2022-05-01T00:00:00Z
    s5,Sina,2022-05-01T00:00:00Z
    a4,Alma,2022-05-01T00:00:00Z
    a5,Adam,2022-05-01T00:00:00Z
    m4,Mark,2022-05-01T00:00:00Z
    m5,Maja,2022-05-01T00:00:00Z
"""

# s1 changes team; s2 returns after 31 days, s3 after 60 and then holds two roles; s4 and a2 change or lose their role;
# s2 has two rows for one time; the manager of s4 is nobody known; a1's end lies in the future; m2 leaves its clients.
# s5, a4 and a5 share nobody with the others: as AEs they cannot be told from their SDR.
ASSIGNMENTS = """
    user_id,role,valid_from,valid_to,team,manager_id,updated_at,is_deleted
    s1,SDR,2022-06-01,2024-02-15,North,boss,2024-01-20T00:00:00Z,
    s1,SDR,2024-02-15,,South,boss,2024-01-20T00:00:00Z,
    s2,SDR,2022-06-01,2023-11-30,North,boss,2024-01-20T00:00:00Z,
    s2,SDR,2023-12-31,,North,boss,2024-01-20T00:00:00Z,
    s2,SDR,2024-01-10,2024-03-10,East,boss,2024-01-20T00:00:00Z,
    s3,SDR,2023-01-01,2024-01-01,North,boss,2024-01-20T00:00:00Z,
    s3,SDR,2024-03-01,,North,boss,2024-01-20T00:00:00Z,
    s3,AE,2024-04-01,,North,boss,2024-01-20T00:00:00Z,
    s4,SDR,2022-06-01,2024-03-01,North,ghost,2024-01-20T00:00:00Z,
    s4,AE,2024-03-01,,South,boss,2024-01-20T00:00:00Z,
    s4,AM,2022-06-01,,South,boss,2024-01-20T00:00:00Z,true
    a1,AE,2022-06-01,2024-12-31,North,boss,2024-01-20T00:00:00Z,
    a2,AE,2022-06-01,2024-04-15,North,boss,2024-01-20T00:00:00Z,
    a3,AE,2024-05-01,,South,boss,2024-01-20T00:00:00Z,
    s5,SDR,2023-06-01,,East,boss,2024-01-20T00:00:00Z,
    a4,AE,2023-06-01,,East,boss,2024-01-20T00:00:00Z,
    a5,AE,2023-06-01,,East,boss,2024-01-20T00:00:00Z,
    m1,AM,2022-04-01,,,boss,2024-01-20T00:00:00Z,
    m2,AM,2022-04-01,2024-03-01,,boss,2024-01-20T00:00:00Z,
    m3,AM,2023-12-01,,,boss,2024-01-20T00:00:00Z,
    m4,AM,2022-04-01,,,boss,2024-01-20T00:00:00Z,
    m5,AM,2022-04-01,,,boss,2024-01-20T00:00:00Z,
    boss,manager,2022-04-01,,,,2024-01-20T00:00:00Z,
"""

# Berlin's midnight is 23:00 or 22:00 UTC, and 31 March 2024 has 23 hours.
ACTIVITIES = """
    activity_id,user_id,kind,occurred_at,is_completed,lead_id,updated_at
    t1,s1,call,2023-12-31T22:59:59Z,true,l1,2024-01-20T00:00:00Z
    t2,s1,call,2023-12-31T23:00:00Z,,l1,2024-01-20T00:00:00Z
    t3,s1,email,2024-01-05,true,l2,2024-01-20T00:00:00Z
    t4,s1,call,2024-01-05T10:00:00+01:00,false,l3,2024-01-20T00:00:00Z
    t5,s3,call,2023-12-31T22:30:00Z,true,l4,2024-01-20T00:00:00Z
    t6,s3,call,2023-12-31T23:30:00Z,true,l4,2024-01-20T00:00:00Z
    t7,a1,call,2024-01-10T10:00:00Z,true,l5,2024-01-20T00:00:00Z
    t8,s1,fax,2024-01-10T10:00:00Z,true,l5,2024-01-20T00:00:00Z
    t9,s2,meeting,2024-01-11T10:00:00Z,true,,2024-01-20T00:00:00Z
"""
ACTIVITIES_HEADER = ACTIVITIES.strip().splitlines()[0]

# x1: qualified after the last day; x2: nobody's; x3: at the edge of the fiscal year; x4: no criteria but true ones.
# x7, x8: of deals that nobody handed over, so they belong to their source, whoever the lead's SDR is.
LEADS = """
    lead_id,created_at,sdr_id,source,qualified_at,budget_confirmed,authority_confirmed,need_confirmed,timing_confirmed,updated_at
    x1,2024-05-01T08:00:00Z,s1,,2024-06-12T22:00:00Z,true,true,true,true,2024-05-09T00:00:00Z
    x2,2024-03-01,,fair,2024-03-31,true,true,true,true,2024-05-09T00:00:00Z
    x3,2024-03-01T08:00:00Z,s2,web,2024-03-31T22:00:00Z,TRUE,True,true,true,2024-05-09T00:00:00Z
    x4,2024-03-01T08:00:00Z,s2,,2024-03-31T21:59:59Z,true,true,true,,2024-05-09T00:00:00Z
    x7,2023-08-01T08:00:00Z,,fair,,,,,,2024-05-09T00:00:00Z
    x8,2023-08-01T08:00:00Z,s1,fair,,,,,,2024-05-09T00:00:00Z
"""


# h1 … h3: l1 was sent again, by another SDR to another AE. h4, h5: one instant, the id decides who was first.
# h6: the first was deleted, so the second is the first. h8: decided, nobody knows when. h9: by somebody unknown.
# h10: overdue to the second, and h11 a second younger. h12: before April in UTC, in April in Berlin.
HANDOFFS = """
    handoff_id,lead_id,sdr_id,ae_id,sent_at,decision,decided_at,reject_reason,opportunity_id,updated_at,is_deleted
    h1,l1,s2,a1,2023-03-20T09:00:00Z,rejected,2023-03-21T09:00:00Z,No budget,,2024-05-09T00:00:00Z,
    h2,l1,s1,a2,2023-03-25T09:00:00Z,accepted,2023-03-25T13:30:00Z,,o1,2024-05-09T00:00:00Z,
    h3,l1,s2,a2,2023-03-26T09:00:00Z,,,,,2024-05-09T00:00:00Z,
    h5,x2,s1,a1,2024-04-02T09:00:00Z,rejected,2024-04-02T10:00:00Z,,,2024-05-09T00:00:00Z,
    h4,x2,s2,a1,2024-04-02T09:00:00Z,accepted,2024-04-03T09:00:00Z,,,2024-05-09T00:00:00Z,
    h6,x3,s1,a1,2024-04-03T09:00:00Z,accepted,2024-04-04T09:00:00Z,,,2024-05-09T00:00:00Z,true
    h7,x3,s2,a1,2024-04-05T09:00:00Z,rejected,2024-04-06T09:00:00Z,Not our profile,,2024-05-09T00:00:00Z,
    h8,x4,s2,a1,2024-04-07T09:00:00Z,accepted,,,o8,2024-05-09T00:00:00Z,
    h9,x5,unknown,a1,2024-04-08T09:00:00Z,accepted,2024-04-08T10:00:00Z,,,2024-05-09T00:00:00Z,
    h12,x6,s3,s4,2024-03-31T22:30:00Z,accepted,2024-04-01T08:00:00Z,,,2024-05-09T00:00:00Z,
"""

# o1: owner changes before and after the close, which is named by h2. o2: reopened after a loss and won without a close
# time. o3: closed without any time, and no history. o4: no history, owners are those of its versions.
# o5: won on a date, which is midnight in Berlin. o6: dollars. o7: francs, without a rate. o8: no amount.
# o9: deleted. o10: by its lead only, and the hand-off of that lead names no deal. o15: is put off again and again.
# o16, o17: c8 was merged into c9, which a1 won first, on the last day of the quality window.
OPPORTUNITIES = """
    opportunity_id,owner_id,created_at,stage,is_closed,is_won,amount,currency,account_id,lead_id,closed_at,updated_at,is_deleted
    o1,a1,2023-03-25T14:00:00Z,Won,true,true,1000.00,EUR,c1,l1,2023-06-10T11:00:00Z,2024-05-01T00:00:00Z,
    o2,a2,2023-05-02T08:00:00Z,Won,true,true,500.50,EUR,c2,,,2024-05-01T00:00:00Z,
    o3,a1,2023-07-02T08:00:00Z,Lost,true,false,,,,,,2024-05-01T00:00:00Z,
    o4,a1,2023-08-01T08:00:00Z,New,false,false,70.00,EUR,c3,,,2023-08-02T08:00:00Z,
    o4,a2,2023-08-01T08:00:00Z,Lost,true,false,70.00,EUR,c3,,2023-09-01T08:00:00Z,2023-09-01T09:00:00Z,
    o4,a2,2023-08-01T08:00:00Z,New,false,false,70.00,EUR,c3,,,2023-10-01T08:00:00Z,
    o4,s4,2023-08-01T08:00:00Z,Won,true,true,77.00,EUR,c3,,2024-04-10T08:00:00Z,2024-04-10T09:00:00Z,
    o4,a1,2023-08-01T08:00:00Z,Won,true,true,77.00,EUR,c3,,2024-04-10T08:00:00Z,2024-05-02T09:00:00Z,
    o5,a1,2023-09-12T08:00:00Z,Won,true,true,250.00,EUR,c4,,2023-11-01,2024-05-01T00:00:00Z,
    o6,a1,2023-09-13T08:00:00Z,Won,true,true,333.33,USD,c5,,2023-12-31T23:30:00Z,2024-05-01T00:00:00Z,
    o7,a1,2023-09-14T08:00:00Z,Won,true,true,999.99,CHF,c6,,2024-01-15T08:00:00Z,2024-05-01T00:00:00Z,
    o8,a1,2024-04-07T12:00:00Z,Won,true,true,,,c7,x4,2024-04-20T08:00:00Z,2024-05-01T00:00:00Z,
    o9,a1,2023-09-15T08:00:00Z,Won,true,true,5000.00,EUR,c1,,2023-12-01T08:00:00Z,2024-05-01T00:00:00Z,true
    o10,a2,2024-04-03T12:00:00Z,Lost,true,false,10.00,EUR,,x2,2024-05-03T08:00:00Z,2024-05-03T09:00:00Z,
    o13,a1,2023-08-05T08:00:00Z,Won,true,true,12.34,PLN,c6,x7,2023-09-05T08:00:00Z,2024-05-01T00:00:00Z,
    o14,a2,2023-08-06T08:00:00Z,Lost,true,false,,,,x8,2023-09-06T08:00:00Z,2024-05-01T00:00:00Z,
    o15,a2,2024-01-10T08:00:00Z,Offer,false,false,80.00,EUR,,,,2024-05-01T00:00:00Z,
    o16,a2,2023-11-30T23:30:00Z,Won,true,true,80.00,EUR,c8,,2023-12-16,2024-05-01T00:00:00Z,
    o17,a1,2023-11-29T23:30:00Z,Won,true,true,80.00,EUR,c9,,2023-12-15T22:59:59Z,2024-05-01T00:00:00Z,
"""

# Rows of one instant are ordered by seq. The first row of o5 says no owner. o15 is put off at Berlin's midnight between
# two months, pulled in, left open and put off by its next owner. o16 is put off after its close.
HISTORY = """
    opportunity_id,changed_at,stage,seq,owner_id,expected_close_on
    o1,2023-03-25T14:00:00Z,New,1,a1,2023-05-31
    o1,2023-04-30T22:00:00Z,Offer,1,a2,2023-06-30
    o1,2023-06-10T11:00:00Z,Won,1,a2,
    o1,2023-08-10T11:00:00Z,Won,1,a1,
    o2,2023-05-02T08:00:00Z,New,1,a1,2023-07-01
    o2,2023-06-20T08:00:00Z,Lost,1,a1,
    o2,2023-07-20T08:00:00Z,Offer,2,a2,2023-09-30
    o2,2023-07-20T08:00:00Z,New,1,a1,2023-10-01
    o2,2023-09-30T22:00:00Z,Won,1,a2,2023-12-01
    o2,2023-10-05T08:00:00Z,Lost,1,a2,
    o2,2023-10-06T08:00:00Z,Won,1,a1,
    o5,2023-09-12T08:00:00Z,New,1,,
    o5,2023-10-12T08:00:00Z,Offer,1,a1,
    o15,2024-01-10T08:00:00Z,New,1,a1,2024-01-31
    o15,2024-01-31T22:59:59Z,Meeting,1,a1,2024-03-01
    o15,2024-01-31T23:00:00Z,Demo,1,a1,2024-02-28
    o15,2024-02-10T08:00:00Z,Pause,1,a1,
    o15,2024-02-20T08:00:00Z,Demo,1,a2,2024-12-31
    o15,2024-03-31T22:00:00Z,Offer,1,a2,2025-01-01
    o16,2023-12-01T08:00:00Z,New,1,a2,2023-12-10
    o16,2023-12-20T08:00:00Z,Won,1,a2,2024-02-10
"""


# c2 was merged into c1; c3 into c4 into c5; c6 and c7 into each other; c8 was deleted, but its merge into c9 stands.
ACCOUNTS = """
    account_id,segment,created_at,merged_into_id,updated_at,is_deleted
    c1,big,2022-04-01,,2024-01-20T00:00:00Z,
    c2,small,2022-04-01,c1,2024-01-20T00:00:00Z,
    c3,small,2022-04-01,c4,2024-01-20T00:00:00Z,
    c4,small,2022-04-01,c5,2024-01-20T00:00:00Z,
    c5,big,2022-04-01,,2024-01-20T00:00:00Z,
    c6,,2022-04-01,c7,2024-01-20T00:00:00Z,
    c7,small,2022-04-01,c6,2024-01-20T00:00:00Z,
    c8,small,2022-04-01,c9,2024-01-20T00:00:00Z,true
    c9,big,2022-04-01,,2024-01-20T00:00:00Z,
    c10,small,2022-04-01,,2024-01-20T00:00:00Z,
    c11,small,2022-04-01,,2024-01-20T00:00:00Z,
    c12,small,2022-04-01,,2024-01-20T00:00:00Z,
    c13,small,2022-04-01,,2024-01-20T00:00:00Z,
    c14,small,2022-04-01,,2024-01-20T00:00:00Z,
"""

# c2: a loser's owner counts for nothing. c5: two owners at once, the newest wins. c6: the same day, the greater id.
# c9: nobody's from August on, m2 keeps it until it leaves. c10: nobody's ever. c12: owned by an AE. c13: handed over.
ACCOUNT_OWNERS = """
    account_id,am_id,valid_from,valid_to,updated_at
    c1,m1,2022-04-01,,2024-01-20T00:00:00Z
    c2,m2,2022-04-01,,2024-01-20T00:00:00Z
    c5,m1,2022-04-01,,2024-01-20T00:00:00Z
    c5,m3,2023-12-01,2024-04-01,2024-01-20T00:00:00Z
    c6,m1,2022-04-01,,2024-01-20T00:00:00Z
    c6,m2,2022-04-01,,2024-01-20T00:00:00Z
    c7,m1,2022-04-01,,2024-01-20T00:00:00Z
    c9,m2,2022-04-01,2023-08-01,2024-01-20T00:00:00Z
    c11,m1,2022-04-01,,2024-01-20T00:00:00Z
    c12,a1,2023-01-01,,2024-01-20T00:00:00Z
    c13,m1,2022-04-01,2024-02-29,2024-01-20T00:00:00Z
    c13,m3,2024-02-29,,2024-01-20T00:00:00Z
    c14,m1,2022-04-01,,2024-01-20T00:00:00Z
"""

# The base currency's rate is 1 whatever is delivered; PLN has no rate before 2023.
FX_RATES = """
    currency,rate_on,rate_to_base
    EUR,2022-01-01,1.50000000
    USD,2022-01-01,0.91234567
    USD,2023-06-30,0.87654321
    USD,2024-03-31,0.93111111
    PLN,2023-01-01,0.21333333
    PLN,2024-01-01,0.23111111
"""
CORRECTED_RATE = """
    currency,rate_on,rate_to_base
    USD,2024-03-31,0.92555555
"""

# i1, i2: credits above the charges, so c14 is worth nothing for a while. i3: no rate for francs. i4: zlotys before
# their first rate. i5: was paid long ago and not since, so a later purchase is a return. i6: after the last day.
INVOICES = """
    invoice_id,account_id,invoiced_on,amount,currency,kind,updated_at,is_deleted
    i1,c14,2023-05-05,100.00,EUR,recurring,2024-05-01T00:00:00Z,
    i2,c14,2023-05-06,-150.00,EUR,credit,2024-05-01T00:00:00Z,
    i3,c12,2024-01-10,80.00,CHF,recurring,2024-05-01T00:00:00Z,
    i4,c13,2022-11-30,400.00,PLN,one_off,2024-05-01T00:00:00Z,
    i5,c11,2022-05-31,60.00,EUR,,2024-05-01T00:00:00Z,
    i7,c11,2024-04-30,65.00,EUR,,2024-05-01T00:00:00Z,
    i6,c1,2024-07-01,10000.00,EUR,recurring,2024-05-01T00:00:00Z,
    i8,c1,2024-03-15,777.77,EUR,one_off,2024-05-01T00:00:00Z,true
"""


# r20-c1 is corrected; r21-c1 comes in a version older than the delivered one and loses; i9 is late by two months.
LATE_INVOICES = """
    invoice_id,account_id,invoiced_on,amount,currency,kind,updated_at
    r20-c1,c1,2024-01-01,12.34,EUR,recurring,2024-05-30T12:00:00Z
    r21-c1,c1,2024-02-01,1.11,EUR,recurring,2023-05-30T12:00:00Z
    i9,c3,2024-03-30,45.67,PLN,one_off,2024-05-31T12:00:00Z
"""

# Coaching counts by the day it was held and the role the coachee had on it. k6, k7: s4 was an SDR to the end of
# February. k9: s3 was an SDR and an AE. k10: nobody known. k11: with oneself. k12: the AM had left.
# k15, k16: before their role. k17, k18: an AM and an AE teach what the seed makes of it; s4 is an AE.
SESSIONS = """
    session_id,coach_id,coachee_id,held_on,kind,updated_at,minutes,topic,notes_url
    k1,a1,s1,2024-03-31,one_on_one,2024-05-01T00:00:00Z,60,,
    k2,a1,s1,2024-04-01,one_on_one,2024-05-01T00:00:00Z,45,,
    k3,boss,a1,2024-04-02,deal_review,2024-05-01T00:00:00Z,30,,
    k4,boss,m1,2024-04-02,training,2024-05-01T00:00:00Z,90,,
    k5,boss,s1,2024-06-20,training,2024-05-01T00:00:00Z,60,,
    k6,a1,s4,2024-02-29,shadowing,2024-05-01T00:00:00Z,,,
    k7,a1,s4,2024-03-01,shadowing,2024-05-01T00:00:00Z,75,,
    k8,m1,a2,2024-04-14,,2024-05-01T00:00:00Z,20,,
    k9,a2,s3,2024-04-10,,2024-05-01T00:00:00Z,50,,
    k10,a1,ghost,2024-04-10,,2024-05-01T00:00:00Z,15,,
    k11,m4,m4,2024-04-10,,2024-05-01T00:00:00Z,25,,
    k12,m1,m2,2024-03-01,,2024-05-01T00:00:00Z,40,,
    k13,m1,m3,2024-03-01,,2024-05-01T00:00:00Z,100,,
    k14,m5,a4,2023-07-01,,2024-05-01T00:00:00Z,,,
    k15,boss,a5,2023-05-02,training,2024-05-01T00:00:00Z,30,upsell_rate,https://notes.example.com/{id}
    k16,boss,s5,2023-05-02,,2024-05-01T00:00:00Z,45,,
    k17,m1,s4,2024-05-02,deal_review,2024-05-01T00:00:00Z,,grr,
    k18,a2,s2,2024-02-02,,2024-05-01T00:00:00Z,20,close_rate_adjusted,https://notes.example.com/18
"""

# A target of somebody in two roles, of months that have not begun, of a metric nobody knows, of a share, of somebody
# unknown, of nothing, of somebody who was not in the role; the last delivery corrects one.
TARGETS = """
    user_id,month,metric,target
    s1,2024-01-01,leads_sent,6
    s1,2024-02-01,leads_sent,7.5
    s1,2024-03-01,leads_sent,6
    s1,2024-05-01,leads_sent,9
    s1,2024-06-01,leads_sent,9
    s1,2024-07-01,leads_sent,9
    s1,2024-03-01,acceptance_rate,0.75
    s2,2023-12-01,leads_sent,31
    s2,2023-11-01,leads_sent,10
    s2,2024-01-01,leads_sent,0
    s3,2024-06-01,leads_sent,4
    s3,2024-02-01,leads_sent,4
    s3,2024-04-01,accepted,5
    s4,2024-02-01,accepted,5
    s4,2024-03-01,accepted,5
    s4,2024-06-01,sessions_received,2
    a1,2024-04-01,won_amount,10000
    a1,2024-06-01,won_amount,12000
    a1,2024-06-01,close_rate_adjusted,0.3
    a2,2024-04-01,won_amount,3000
    a2,2024-05-01,deals_won,2
    a3,2024-04-01,won_amount,900
    a4,2024-05-01,won_amount,0
    a1,2024-04-01,smiles,12
    m1,2024-01-01,upsell_rate,0.05
    m1,2024-02-01,upsell_rate,0.11
    m1,2024-06-01,upsell_rate,0.02
    m2,2024-02-01,upsell_rate,0.02
    m4,2024-06-01,archetype,1
    m4,2024-06-01,closing,5000
    ghost,2024-05-01,leads_sent,1
    boss,2024-05-01,won_amount,1
"""

# The end of 12 June is 22:00 UTC: what is decided, won or sent from then on has not happened yet.
LAST_DELIVERY: dict[str, Any] = {
    "targets": """
        user_id,month,metric,target
        s1,2024-05-01,leads_sent,8
    """,
    "handoffs": """
        handoff_id,lead_id,sdr_id,ae_id,sent_at,decision,decided_at,reject_reason,updated_at
        h10,y1,s1,a1,2024-06-10T22:00:00Z,,,,2024-06-11T00:00:00Z
        h11,y2,s1,a1,2024-06-10T22:00:01Z,,,,2024-06-11T00:00:00Z
        h13,y3,s1,a3,2024-06-05T09:00:00Z,accepted,2024-06-12T22:00:00Z,,2024-06-12T23:00:00Z
        h14,y4,s2,a3,2024-06-05T09:00:00Z,rejected,2024-06-12T21:59:59Z,Duplicate,2024-06-12T23:00:00Z
        h15,y5,s2,a3,2024-06-12T22:00:00Z,,,,2024-06-12T23:00:00Z
    """,
    "leads": """
        lead_id,created_at,sdr_id,qualified_at,updated_at
        y1,2024-06-01T08:00:00Z,s1,2024-06-02T08:00:00Z,2024-06-12T00:00:00Z
        y2,2024-06-01T08:00:00Z,s1,2024-06-02T08:00:00Z,2024-06-12T00:00:00Z
        y3,2024-06-01T08:00:00Z,s1,2024-06-02T08:00:00Z,2024-06-12T00:00:00Z
        y4,2024-06-01T08:00:00Z,s2,2024-06-12T21:59:59Z,2024-06-12T00:00:00Z
        y5,2024-06-01T08:00:00Z,s2,2024-06-12T22:00:00Z,2024-06-12T00:00:00Z
        x5,2024-04-01T08:00:00Z,,,2024-06-12T00:00:00Z
        x6,2024-03-20T08:00:00Z,s3,2024-03-21T08:00:00Z,2024-06-12T00:00:00Z
    """,
    "opportunities": """
        opportunity_id,owner_id,created_at,stage,is_closed,is_won,amount,currency,account_id,lead_id,closed_at,updated_at
        d59,a2,2024-04-21T12:00:00Z,Won,true,true,1.00,EUR,,l59,2024-06-12T21:59:59Z,2024-06-12T21:59:59Z
        d60,a1,2024-04-28T12:00:00Z,Won,true,true,9.00,EUR,,l60,2024-06-12T22:00:00Z,2024-06-12T23:00:00Z
        o11,a3,2024-06-12T22:30:00Z,New,false,false,9.00,EUR,,,,2024-06-12T23:00:00Z
        o12,a3,2024-06-01T12:00:00Z,Lost,true,false,9.00,EUR,,,,2024-06-12T23:00:00Z
    """,
    # o12's only close lies after the end: it is undone although no close time was delivered.
    "opportunity_history": """
        opportunity_id,changed_at,stage,seq,owner_id
        o12,2024-06-01T12:00:00Z,New,1,a3
        o12,2024-06-12T22:15:00Z,Lost,1,a3
    """,
}
