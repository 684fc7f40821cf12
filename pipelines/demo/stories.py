"""What is hidden in the demo for a newcomer to find: every number that makes people, leads and clients differ.

Belongs here: constants with names. Does not: how they are drawn or written.
"""

from __future__ import annotations

from dataclasses import dataclass

# --- The size of the company -------------------------------------------------------------------------------------
ROLE_SHARES = {"SDR": 0.40, "AE": 0.35, "AM": 0.15}  # the rest are managers
SMALLEST_COMPANY = 12
ACTIVITIES_PER_PERSON_MONTH = 100 / 3  # 50 people and 24 months make 40,000
ACTIVITIES_PER_LEAD = 6
ACTIVITIES_PER_LEAD_AT_SCALE = 20
ACTIVITIES_PER_PERSON_AT_SCALE = 30_000  # beyond it the company grows: 10 million activities need 333 people
TEAM_SIZE = 10
LEADS_GROWTH = 0.35  # leads per day grow by this share over the history
WEEKEND_LEADS = 0.05  # web forms do not rest
WEEKEND_ACTIVITIES = 0.01

# --- People ------------------------------------------------------------------------------------------------------
# Trait: mean and spread among ordinary people of the role it belongs to. Logits, unless said otherwise.
TRAITS: dict[str, tuple[float, float]] = {
    "leads": (1.0, 0.15),  # SDR: leads taken on, times the usual
    "calls": (1.0, 0.15),  # SDR: activities, times the usual
    "fit": (0.0, 0.25),  # SDR: how well leads fit; moves criteria, acceptance and wins
    "clerical": (0.12, 0.03),  # SDR: share of their rejects for missing fields
    "close": (0.0, 0.20),  # AE: closing skill
    "picky": (0.0, 0.15),  # AE: reluctance to accept
    "slow": (1.0, 0.25),  # AE: working days to a decision, times the usual
    "reasons": (0.85, 0.05),  # AE: share of rejections with a reason
    "lingers": (0.06, 0.02),  # AE: share of deals never closed
    "overpromises": (1.0, 0.10),  # AE: early churn of the clients won, times the usual
    "churn_small": (0.014, 0.003),  # AM: monthly loss of small clients
    "churn_top": (0.006, 0.001),  # AM: monthly loss of the largest clients
    "upgrade_small": (0.040, 0.005),  # AM: monthly chance that a small client buys more
    "upgrade_top": (0.040, 0.005),  # AM: the same for the largest
}


@dataclass(frozen=True)
class Story:
    """Somebody with a part to play: the `position`-th person hired for `role`, and the traits that make the part."""

    role: str
    position: int
    text: str
    traits: dict[str, float]


STORIES: dict[str, Story] = {
    "quality_sdr": Story(
        "SDR",
        0,
        "sends fewer leads after fewer calls, and most are accepted",
        {"leads": 0.9, "calls": 0.7, "fit": 1.3},
    ),
    "volume_sdr": Story(
        "SDR",
        1,
        "sends the most leads after the most calls, and most are rejected",
        {"leads": 2.2, "calls": 1.8, "fit": -1.0},
    ),
    "careless_sdr": Story("SDR", 2, "is rejected mostly for missing fields", {"clerical": 0.75, "fit": -0.35}),
    "climber": Story("SDR", 3, "moves from SDR to AE", {"fit": 0.3, "close": 0.1}),
    "fed_ae": Story("AE", 0, "closes well only because the best SDR's leads come here", {"close": -0.2, "picky": 0.1}),
    "closer_ae": Story("AE", 1, "closes best, given what the volume SDR hands over", {"close": 1.4}),
    "ae_to_am": Story("AE", 2, "moves from AE to AM", {"upgrade_top": 0.045}),
    "two_roles": Story("AE", 3, "holds two roles at once, AE and SDR", {"leads": 0.25, "calls": 0.2}),
    "top_client_am": Story(
        "AM",
        0,
        "grows the top clients and loses small ones",
        {"churn_small": 0.065, "churn_top": 0.0, "upgrade_small": 0.01, "upgrade_top": 0.22},
    ),
    "growing_am": Story(
        "AM",
        1,
        "grows every client and loses few",
        {"churn_small": 0.005, "churn_top": 0.003, "upgrade_small": 0.13, "upgrade_top": 0.1},
    ),
    "guarding_am": Story(
        "AM",
        2,
        "loses nobody and grows nobody",
        {"churn_small": 0.003, "churn_top": 0.002, "upgrade_small": 0.005, "upgrade_top": 0.005},
    ),
    "declining_am": Story(
        "AM",
        3,
        "loses clients of every size",
        {"churn_small": 0.045, "churn_top": 0.040, "upgrade_small": 0.01, "upgrade_top": 0.01},
    ),
    "idle_sdr": Story("SDR", -1, "is assigned and does nothing", {"leads": 0.0, "calls": 0.0}),
    "next_leaver": Story("AE", -1, "will leave at the end of the open month", {}),
}
CLIMB_AT, AE_TO_AM_AT, TEAM_CHANGE_AT = 0.45, 0.55, 0.5  # shares of the history
FED_SHARE = 0.90  # of the quality SDR's leads that go to the fed AE
FED_SPARED = 0.7  # of everybody else's leads, which the fed AE is too busy for
CLOSER_SHARE = 0.45  # of the volume SDR's leads that go to the closer
JOINERS_EVERY, LEAVERS_EVERY = 5, 6  # of the people without a part
NOTICE_DAYS = 14  # an assignment's end is known this long before

FIRST_NAMES = (
    "Anna Ben Clara David Elena Felix Greta Hugo Ines Jonas Katja Luis Marta Nikolai Olga Paul Rosa Stefan Tanja "
    "Viktor Amélie Björn Chiara Dmitri Esra Farid Giulia Hanna Igor Jana Kofi Lena Milan Nadia Oskar Petra Rafael "
    "Sofia Timo Yusuf"
)
LAST_NAMES = (
    "Almeida Bauer Castillo Dubois Eriksen Fischer García Horvat Ivanova Jansen Keller Lindqvist Moreau Novak Okafor "
    "Petrov Quint Rossi Schäfer Tanaka Ulrich Vogel Weber Xavier Yilmaz Zimmermann Acker Brandt Costa Dietrich Engel "
    "Fontaine Graf Haas Ivers Jovanović Krause Lehmann Martins Neumann Orlov Pohl Richter Sokolova Toth Urban Varga "
    "Winkler Young Zeman"
)

# --- Leads and hand-offs -----------------------------------------------------------------------------------------
LEAD_SOURCES = {"outbound": (0.45, -0.1), "inbound": (0.30, 0.25), "event": (0.15, 0.0), "referral": (0.10, 0.5)}
SEGMENTS = {"SMB": (0.60, 600), "Mid-Market": (0.30, 1_600), "Enterprise": (0.10, 4_200)}  # share, usual monthly value
LEAD_SPREAD = 0.6
QUALIFIED, LEAST_QUALIFIED = 0.62, 0.10  # share of leads; the more there are per SDR, the fewer
CHANCE_CRITERION, CHANCE_ACCEPTED, CHANCE_WON = 2.0, 0.65, -1.55  # logits of an average lead
FIT_ON_CRITERIA, FIT_ON_ACCEPTANCE, FIT_ON_WIN, CRITERIA_ON_ACCEPTANCE = 0.9, 1.2, 1.2, 0.5
UNDECIDED, RESENT, OVERTURNED = 0.04, 0.30, 0.4  # shares, and a logit: a second AE is a little kinder
REJECT_REASONS = (
    "Missing fields",
    "No budget",
    "Wrong contact",
    "Not our profile",
    "No reply",
    "Duplicate",
    "Bad timing",
)
ACCEPT_REASONS = ("All criteria met", "Urgent need", "Strategic account", "Good conversation")

# --- Deals -------------------------------------------------------------------------------------------------------
STAGES = ("Discovery", "Demo", "Proposal", "Negotiation", "Closed Won", "Closed Lost")
LOSS_REASONS = ("Price", "Competitor", "No decision", "Missing feature")
DIRECT_DEALS = 0.10  # found by the AE alone, on top of those from leads
USUAL_CYCLE_DAYS, CYCLE_SPREAD = 32, 0.45  # working days; lost deals take longer
LOST_TAKES_LONGER = 1.25
SLIPS, SECOND_SLIP, OWNER_CHANGES, REOPENED, REWON = 0.6, 0.4, 0.03, 0.03, 0.35
SAME_INSTANT = 0.12  # of closes whose last stage was entered in the same second
CLOSE_TIME_MISSING = 0.01

# --- Clients -----------------------------------------------------------------------------------------------------
CURRENCIES = {"EUR": 0.70, "USD": 0.20, "GBP": 0.10}
FIRST_RATES = {"USD": 0.92, "GBP": 1.16}
RATE_STEP = 0.012  # spread of a month's change
CLIENTS_PER_HANDOFF = 1 / 8  # already there when the records begin
TOP_SHARE = 0.20
EARLY_MONTHS, EARLY_CHURN = 6, 1.5  # new clients leave more easily, times the usual
DOWNGRADES, REACTIVATED, ONE_OFFS, CREDITS = 0.012, 0.012, 0.06, 0.012  # monthly chances
UNOWNED, TRANSFERRED, MERGED = 0.03, 0.003, 0.0008  # share of clients; monthly chances
LATE_INVOICES, DELETED_INVOICES = 0.015, 0.0005

# --- Activities --------------------------------------------------------------------------------------------------
ACTIVITY_WEIGHT = {"SDR": 1.0, "AE": 0.45, "AM": 0.4}
KINDS = ("call", "email", "meeting", "other")
KIND_SHARES = {
    "SDR": (0.56, 0.38, 0.04, 0.02),
    "AE": (0.25, 0.40, 0.33, 0.02),
    "AM": (0.30, 0.45, 0.22, 0.03),
}
OUTCOMES = {
    "call": ("connected", "no answer", "voicemail", "call back"),
    "email": ("sent", "replied", "bounced", "opened"),
    "meeting": ("held", "no show", "postponed", "next step agreed"),
    "other": ("done", "done", "done", "noted"),
}
NOT_COMPLETED, COMPLETED_EMPTY, LOGGED_LATE, AMENDED, DELETED = 0.03, 0.01, 0.01, 0.015, 0.0005

# --- Coaching, targets, pay --------------------------------------------------------------------------------------
# The closer's coaching works for a while; the fed AE coaches whoever just had bad luck, which changes nothing.
# A round of two sessions, and the next one when the effect of the last has worn off.
COACHING_LIFT, COACHING_LASTS_DAYS, COACHED_EVERY_DAYS, FOLLOW_UP_AFTER_DAYS, COACHEES = 0.55, 70, 140, 21, 6
CONSOLED_EVERY_DAYS = 15
ONE_ON_ONE_EVERY_DAYS = 18
MONTHLY_PAY = {"SDR": 1_200, "AE": 4_000, "AM": 2_600}  # variable part, EUR
AM_UPSELL_TARGET = 0.10
TARGET_STRETCH = 1.05  # targets ask for a little more than the average

# --- What is wrong with the data, on purpose ---------------------------------------------------------------------
ODD_ROWS = 0.0004  # share of owners nobody knows, leads nobody has, currencies without a rate
ODD_ROWS_FROM = 1_000  # fewer rows have none
