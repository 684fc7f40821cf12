"""Section A of the catalogue of faults: delivered files. One row a fault; those on what it holds are in contents.py,
and how a fault is injected that takes more than writing a file, in odd_files.py.

Not here: A2 and A36 without a manifest, which are the gate's to see; A13 and A14, which nothing notices yet; A32, which
is a matter of the machine.
"""

from __future__ import annotations

from tests.faults import odd_files as odd
from tests.faults.contents import CONTENTS
from tests.faults.fault import Fault
from tests.faults.nights import files, gives, named, refuses
from tests.faults.odd_files import ACCOUNTS, NEXT, USERS, after, promising, user
from tests.unit.intake.intake_home import LEADS, lead, leads

WIDE = {"crm": {"dialect": {"encoding": "utf-16"}}}

FILES = (
    Fault(
        "A",
        1,
        "Upload in progress",
        "left alone, taken exactly once by the next night",
        odd.still_written,
        odd.taken_once,
    ),
    Fault(
        "A",
        2,
        "Truncated on a row boundary",
        "refused by its manifest: E-FILE-SHORT",
        promising(5, leads(3)),
        refuses("E-FILE-SHORT", "expected 5, found 3"),
    ),
    Fault(
        "A",
        3,
        "Truncated inside quotes",
        "refused: E-CSV-UNTERMINATED with its line",
        files(leads(3) + 'L9,2026-01-02,U1,"ne'),
        refuses("E-CSV-UNTERMINATED", "line 5"),
    ),
    Fault(
        "A",
        4,
        "Cut in the last field, no final line end",
        "a mark; refused where earlier files ended with one, or in a row",
        named(
            {
                "new/2026-01-05/leads.csv": leads(3)[:-2],
                "leads.csv": leads(3),
                f"crm/{NEXT}/leads.csv": leads(4)[:-2],
                f"crm/{NEXT}/leads_2.csv": leads(3)[:-25],
            }
        ),
        gives(
            {
                "new/2026-01-05/leads.csv": "loaded 3 W-NO-FINAL-NEWLINE",
                "leads.csv": "loaded 3",
                f"crm/{NEXT}/leads.csv": "E-FILE-CUT",
                f"crm/{NEXT}/leads_2.csv": "E-CSV-UNTERMINATED",
            }
        ),
    ),
    Fault("A", 5, "0-byte file", "refused: E-FILE-EMPTY", files(""), refuses("E-FILE-EMPTY")),
    Fault(
        "A",
        6,
        "Header only",
        "a quiet night in a later delta; refused in a full or first delivery",
        named(
            {
                "leads.csv": leads(1),
                f"crm/{NEXT}/leads.csv": LEADS,
                "users.csv": USERS,
                "all/2026-01-05/leads.csv": leads(1),
                f"all/{NEXT}/leads.csv": LEADS,
                f"all/{NEXT}/accounts.csv": ACCOUNTS.splitlines(keepends=True)[0],
            },
            sources={"all": {"mode": "full", "may_be_empty": ["accounts"]}},
        ),
        gives(
            {
                "leads.csv": "loaded 1",
                f"crm/{NEXT}/leads.csv": "loaded 0 I-HEADER-ONLY",
                "users.csv": "E-HEADER-ONLY",
                "all/2026-01-05/leads.csv": "loaded 1",
                f"all/{NEXT}/leads.csv": "E-HEADER-ONLY",
                f"all/{NEXT}/accounts.csv": "loaded 0 I-HEADER-ONLY",
            },
            "may_be_empty",
        ),
    ),
    Fault(
        "A",
        7,
        "Same file delivered again",
        "I-DUPLICATE-DELIVERY, nothing loaded",
        odd.touched_again,
        odd.green_and_empty,
    ),
    Fault(
        "A",
        8,
        "Same bytes, other name or date",
        "stored once, counts on each date, told",
        named({"leads_1.csv": leads(3), "leads_2.csv": leads(3), f"crm/{NEXT}/leads_1.csv": leads(3)}),
        odd.stored_once,
    ),
    Fault(
        "A",
        9,
        "Same name, other bytes",
        "both archived, changed keys told",
        after({"leads_1.csv": leads(2)}, {"leads_1.csv": LEADS + lead(0) + lead(1, "won")}),
        odd.both_archived,
    ),
    Fault(
        "A",
        10,
        "File appended to itself",
        "refused: E-HEADER-REPEATED or E-DUP-BODY",
        files(leads(3) + leads(3), LEADS + 2 * leads(50).removeprefix(LEADS), 2 * leads(100)),
        gives(
            {"leads_1.csv": "E-HEADER-REPEATED", "leads_2.csv": "E-DUP-BODY", "leads_3.csv": "E-DUP-BODY"},
            "50 repeated of 100",
        ),
    ),
    Fault("A", 11, "Out of order", "the same rows and verdicts as in order", odd.newest_first, odd.as_if_in_order),
    Fault(
        "A",
        12,
        "Entity missing from a full set",
        "its state stands, a mark until the deadline, then E-SET-INCOMPLETE",
        odd.full_sets,
        odd.incomplete_set_is_held,
    ),
    Fault(
        "A",
        15,
        "Byte order mark",
        "dropped, noted",
        files("\ufeff" + leads(3)),
        gives({"leads_1.csv": "loaded 3 I-BOM"}),
    ),
    Fault(
        "A",
        16,
        "Other or mixed encodings",
        "read as declared, else E-ENCODING with the place; garbled text is marked",
        named(
            {
                "leads.csv": (LEADS + lead(1, "Иван")).encode("utf-16"),
                "users.csv": USERS + user(1, "Ann"),
                "undeclared/2026-01-05/leads.csv": (LEADS + lead(1, "Müller")).encode("cp1252"),
                "undeclared/2026-01-05/leads_2.csv": (LEADS + lead(1, "Müller")).encode()
                + lead(2, "Jürgen").encode("cp1252"),
                "garbled/2026-01-05/leads.csv": LEADS + lead(1, "Müller".encode().decode("cp1252")),
                "garbled/2026-01-05/leads_2.csv": LEADS + lead(1, "M\ufffdller"),
            },
            sources=WIDE,
        ),
        gives(
            {
                "leads.csv": "loaded 1",
                "users.csv": "E-ENCODING",
                "undeclared/2026-01-05/leads.csv": "E-ENCODING",
                "undeclared/2026-01-05/leads_2.csv": "E-ENCODING",
                "garbled/2026-01-05/leads.csv": "loaded 1 W-MOJIBAKE",
                "garbled/2026-01-05/leads_2.csv": "loaded 1 W-MOJIBAKE",
            },
            "near byte ",
        ),
    ),
    Fault(
        "A",
        17,
        "NUL byte",
        "refused: E-CSV-NUL with its line",
        files(leads(3).replace("U1", "U\0", 1)),
        refuses("E-CSV-NUL", "line 2"),
    ),
    Fault(
        "A",
        18,
        "Other delimiter",
        "refused: E-SCHEMA names the likely one",
        files(leads(3).replace(",", ";"), leads(3).replace(",", "\t"), leads(3).replace(",", ";", 4)),
        refuses("E-SCHEMA", "separated by semicolon", "separated by tab", parts=3),
    ),
    Fault(
        "A",
        19,
        "Ragged rows",
        "set aside up to one in a thousand, else refused",
        files(
            leads(3) + "L9,short\n",
            leads(50) + "L9,short\n" + "L8,2026-01-02,U1,new,2026-01-03,more\n",
            leads(2100) + 2 * "L9,s\n" + "L8,t\n",
        ),
        gives(
            {"leads_1.csv": "loaded 3, 1 ragged I-MENDED", "leads_2.csv": "E-RAGGED", "leads_3.csv": "E-RAGGED"},
            "2 of 52 rows",
        ),
    ),
    Fault(
        "A",
        20,
        "Rows widen from row k on",
        "refused wherever it begins",
        odd.widening,
        refuses("E-RAGGED", "30 ragged", parts=5),
    ),
    Fault(
        "A",
        21,
        "Line ends, quotes, commas in quotes",
        "a million rows arrive as written",
        odd.a_million_awkward_rows,
        odd.every_value_arrived,
    ),
    Fault(
        "A",
        22,
        "Mixed line ends",
        "made equal, noted",
        files(
            leads(3).replace("\n", "\r\n", 1),
            LEADS + lead(1, '"a\r\nb"') + lead(2).replace("\n", "\r\n") + lead(3).replace("\n", "\r"),
        ),
        gives({"leads_1.csv": "loaded 3 I-MENDED", "leads_2.csv": "loaded 3 I-MENDED"}),
    ),
    *CONTENTS,
)
