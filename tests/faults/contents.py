"""Section A of the catalogue of faults, second half: columns, values, and files that are something else. The first half
and what both leave out is in files.py.
"""

from __future__ import annotations

import gzip
import unicodedata

from tests.faults import odd_files as odd
from tests.faults import zips
from tests.faults.fault import Fault
from tests.faults.nights import files, gives, named, refuses
from tests.faults.odd_files import INVOICES, NEXT, USERS, invoice, user
from tests.unit.intake.intake_home import LEADS, lead, leads

GZIP = gzip.compress(leads(200).encode(), mtime=0)
GERMAN = {"crm": {"dialect": {"encoding": "cp1252", "delimiter": ";", "decimal": ",", "dates": "dmy"}}}
ODD_NAMES = (
    " .csv",
    "a'; drop table x; --.csv",
    "*.csv",
    "le\nads.csv",
    unicodedata.normalize("NFD", "ü.csv"),
    "x" * 251 + ".csv",
)

CONTENTS = (
    Fault(
        "A",
        23,
        "Columns in another order",
        "taken by name",
        named({"leads_1.csv": "updated_at,status,lead_id,created_at\n2026-01-03,new,L1,2026-01-02\n"}),
        odd.taken_by_name,
    ),
    Fault(
        "A",
        24,
        "Column renamed",
        "refused: E-SCHEMA with the likely new name",
        files(leads(1).replace("lead_id", "Lead_Identifier")),
        refuses("E-SCHEMA", "missing lead_id, found new Lead_Identifier (similar 0."),
    ),
    Fault("A", 25, "Column added", "kept beside the rows, told once", odd.added_twice, odd.kept_and_told_once),
    Fault(
        "A",
        26,
        "Column removed",
        "refused when required; else empty, and told",
        named(
            {
                "leads.csv": leads(1),
                f"crm/{NEXT}/leads.csv": leads(1).replace("status", "x").replace("sdr_id", "y"),
                "users.csv": USERS.replace("full_name", "x") + user(1, "Ann"),
            }
        ),
        gives(
            {"leads.csv": "loaded 1", f"crm/{NEXT}/leads.csv": "loaded 1", "users.csv": "E-SCHEMA"},
            "W-COLUMN-GONE crm/2026-01-06/leads.csv: sdr_id, status",
            "missing full_name",
        ),
    ),
    Fault(
        "A",
        27,
        "Numbers in another format",
        "read as declared, else refused: E-TYPE-DRIFT, with how they look and not what they say",
        named(
            {
                "german/2026-01-05/invoices.csv": (
                    INVOICES.replace(",", ";") + "I1;A1;02.01.2026;1.234,56;EUR;03.01.2026\n"
                ),
                "invoices.csv": INVOICES + invoice(1, '"1.234,56"') + invoice(2, "$1234") + invoice(3, "(500)"),
            },
            sources={"german": GERMAN["crm"]},
        ),
        gives(
            {"german/2026-01-05/invoices.csv": "loaded 1", "invoices.csv": "E-TYPE-DRIFT"},
            "written like 9.999,99 or $9999 or (999)",
        ),
    ),
    Fault(
        "A",
        28,
        "Days and months swapped",
        "refused: E-DATE-AMBIGUOUS where earlier files had late days",
        odd.swapped_days,
        gives(
            {
                "invoices_1.csv": "loaded 15",
                f"crm/{NEXT}/invoices_1.csv": "E-DATE-AMBIGUOUS",
                "crm/2026-01-07/invoices_1.csv": "loaded 12",
            }
        ),
    ),
    Fault(
        "A",
        29,
        "Booleans as text or numbers",
        "set aside, or the file refused",
        files(
            *(
                f"lead_id,created_at,need_confirmed,updated_at\nL1,2026-01-02,{text},2026-01-03\n"
                for text in ("Ja", "0.0", "TRUE")
            )
        ),
        gives(
            {
                "leads_1.csv": "loaded 0, 1 bad_boolean",
                "leads_2.csv": "loaded 0, 1 bad_boolean",
                "leads_3.csv": "loaded 1",
            }
        ),
    ),
    Fault(
        "A",
        30,
        "Words for nothing",
        "empty is NULL; as an id, a date or an amount the row is set aside",
        files(
            *(leads(3) + lead(9).replace("L9", word) for word in ("NULL", "n/a", "-", '""', '"  "')),
            leads(3) + lead(9, '""'),
        ),
        gives(
            {
                f"leads_{i}.csv": f"loaded 3, 1 {why}"
                for i, why in enumerate(("no_id", "no_id", "no_id", "missing_required", "no_id"), 1)
            }
            | {"leads_6.csv": "loaded 4"}
        ),
    ),
    Fault(
        "A",
        31,
        "Very large field",
        "3 MB load whole, over 8 MB are refused",
        files(LEADS + lead(1, "x" * 3_000_000), LEADS + lead(1, "x" * 9_000_000)),
        gives({"leads_1.csv": "loaded 1 I-MENDED", "leads_2.csv": "E-CSV-LINE"}),
        tier=2,
    ),
    Fault(
        "A",
        33,
        "Headers twice, or in another case",
        "refused: E-HEADER-DUP",
        files("lead_id,created_at,updated_at,LEAD_ID\nL1,2026-01-02,2026-01-03,x\n"),
        refuses("E-HEADER-DUP", "lead_id"),
    ),
    Fault(
        "A",
        34,
        "Saved again by Excel",
        "refused: E-EXCEL-MANGLED, nothing repaired",
        named(
            {
                "invoices_1.csv": INVOICES + invoice(1) + invoice(2).replace("I2", "1.23E+17"),
                "invoices_2.csv": INVOICES + invoice(1, day="45321") + invoice(2, day="45322"),
                "fixed/2026-01-05/leads.csv": LEADS
                + "".join(lead(i).replace("L", "00").replace("U1", "001") for i in range(3)),
                f"fixed/{NEXT}/leads.csv": LEADS
                + "".join(lead(i).replace("L", "").replace("U1", "1") for i in range(3)),
            },
            sources={"fixed": {"id_length": 3}},
        ),
        gives(
            {
                "invoices_1.csv": "E-EXCEL-MANGLED",
                "invoices_2.csv": "E-EXCEL-MANGLED",
                "fixed/2026-01-05/leads.csv": "loaded 3",
                f"fixed/{NEXT}/leads.csv": "E-EXCEL-MANGLED",
            },
            "excel_number invoice_id",
            "excel_date invoiced_on",
            "bad_id lead_id",
        ),
    ),
    Fault(
        "A",
        35,
        "Something else named .csv",
        "refused: E-NOT-CSV says what it starts like",
        files("<!DOCTYPE html><p>Log in", '{"error": 1}', b"\xd0\xcf\x11\xe0\0\0", b"PK\x03\x04\0", "\ufeff<html>"),
        refuses("E-NOT-CSV", "starts like HTML", "starts like JSON", "old Excel", "zip or Excel", parts=5),
    ),
    Fault(
        "A",
        37,
        "Footer rows of a report",
        "set aside, or the file refused",
        files(leads(2100) + "Grand Total\n", leads(3) + "Grand Total\nCopyright\n"),
        gives({"leads_1.csv": "loaded 2099, 1 beside_ragged, 1 ragged I-MENDED", "leads_2.csv": "E-RAGGED"}),
        tier=2,
    ),
    Fault(
        "A",
        38,
        "Broken, encrypted or nested archives",
        "refused whole, nothing unpacked stays",
        named(
            {
                "leads_1.csv.gz": GZIP[: len(GZIP) // 2],
                "leads_2.csv.gz": GZIP[:-8] + b"\0" * 8,
                "leads_3.csv": GZIP,
                "cut.zip": zips.packed({"leads.csv": leads(3)})[:-30],
                "crc.zip": zips.damaged("leads.csv", leads(3)),
                "locked.zip": zips.encrypted("leads.csv", leads(3)),
                "good.zip": zips.packed({"leads.csv": leads(2), "users.csv": USERS + user(1, "Ann")}),
            }
        ),
        gives(
            {
                "leads_1.csv.gz": "E-GZIP",
                "leads_2.csv.gz": "E-GZIP",
                "leads_3.csv": "E-NOT-CSV",
                "cut.zip": "E-ZIP",
                "crc.zip": "E-ZIP",
                "locked.zip": "E-ARCHIVE-MEMBER",
                "good.zip": "loaded 0 I-ARCHIVE",
                "good.zip!leads.csv": "loaded 2",
                "good.zip!users.csv": "loaded 1",
            },
            "is encrypted",
        ),
    ),
    Fault(
        "A",
        39,
        "A million columns, one endless line",
        "refused before a full read, in bounded memory",
        odd.one_endless_line,
        gives({"leads_1.csv": "E-CSV-LINE", "leads_2.csv": "E-HEADER"}),
        tier=2,
    ),
    Fault(
        "A",
        40,
        "Odd file names",
        "refused in one line, no globbing, no SQL",
        named(dict.fromkeys(ODD_NAMES, leads(1))),
        odd.all_refused_by_name,
    ),
)
