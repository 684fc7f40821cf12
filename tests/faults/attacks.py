"""Section E of the catalogue of faults, as far as files carry them: archives, links, injection by names and values.

How an archive is made that attacks is in zips.py.
"""

from __future__ import annotations

import json
import os
import pickle
import socket
import tempfile
from collections.abc import Callable
from pathlib import Path

import duckdb

from pipelines.intake import zipped
from tests.faults import zips
from tests.faults.fault import Fault
from tests.faults.nights import DAY, Night, gives, named
from tests.faults.odd_files import ACCOUNTS, USERS, user
from tests.unit.intake.intake_home import LEADS, Home, lead, leads

GOOD = leads(2)
INJECTION = "x\"'; drop table keep; --"
QUOTED = '"' + INJECTION.replace('"', '""') + '"'
# Packs a thousand times, beyond what any export does.
BOMB = LEADS + "x" * (100 << 20)
PATHS = ("../leads.csv", "/etc/leads.csv", "C:leads.csv", "..\\leads.csv", "a/leads.csv")
# zipfile writes no name with a NUL in it.
CUT_NAME = zips.packed({"leads.csv_.csv": GOOD}).replace(b"csv_", b"csv\0")


def archives(contents: dict[str, bytes]) -> Callable[[Path], Home]:
    """Archives and, beside them, a good file and a canary outside of the home."""

    def inject(folder: Path) -> Home:
        (folder / "canary.csv").write_text("alive")
        return named({"users.csv": USERS + user(1, "Ann"), **contents})(folder)

    return inject


def all_refused(code: str, count: int, *said: str) -> Callable[[Night], None]:
    """Verify: that many archives refused whole, nothing written where it does not belong, the good file taken."""

    def verify(night: Night) -> None:
        verdicts = night.verdicts()
        assert verdicts.pop("users.csv") == "loaded 1"
        assert sorted(verdicts.values()) == [code] * count
        assert [what for what in said if not night.said(what)] == []
        root = night.home.settings.home.parent
        assert (root / "canary.csv").read_text() == "alive"
        assert {path.name for path in root.iterdir()} == {"home", "inbox", "canary.csv"}
        assert list(night.home.settings.raw.rglob("*.parquet")) == [
            night.home.receipt("users.csv").rows_path(night.home.settings)
        ]

    return verify


def bombs(folder: Path) -> Home:
    """One that grows too much, one that lies, one whose members overlap, one with too many, one too large."""
    home = archives(
        {
            "ratio.zip": zips.packed({"leads.csv": BOMB}),
            "lying.zip": zips.lying("leads.csv", GOOD, said=len(LEADS)),
            "overlapping.zip": zips.overlapping("leads_1.csv", "leads_2.csv", GOOD),
            "crowded.zip": zips.crowded("leads.csv", GOOD, 100_000),
            "many.zip": zips.packed({f"leads_{number}.csv": LEADS for number in range(101)}),
        }
    )(folder)
    assert (zipped.MAX_MEMBERS, zipped.MAX_UNPACKED) == (100, 2 << 30)
    return home


def irregular(folder: Path) -> Home:
    """A link, a pipe, a socket, a second name of a secret, and a manifest that points elsewhere."""
    home = Home(folder)
    inbox = home.deliver("leads.csv", GOOD).parent
    secret = folder / "secret.csv"
    secret.write_text(USERS + user(1, "Secret"))
    (inbox / "users.csv").symlink_to(secret)
    os.mkfifo(inbox / "accounts.csv")
    os.link(secret, inbox / "users_2.csv")
    with tempfile.TemporaryDirectory() as short, socket.socket(socket.AF_UNIX) as listening:
        listening.bind(f"{short}/s")
        Path(f"{short}/s").rename(inbox / "targets.csv")
    home.deliver("leads.csv", GOOD, source="other")
    home.deliver("_manifest.json", json.dumps({"files": {"../../secret.csv": {}}}), source="other")
    return home


def only_regular_files(night: Night) -> None:
    assert night.verdicts() == {"leads.csv": "loaded 2", f"other/{DAY}/leads.csv": "E-MANIFEST"}
    names = ["accounts.csv", "targets.csv", "users.csv", "users_2.csv"]
    assert [line.split(":")[0] for line in night.report.strays] == [f"E-NOT-REGULAR crm/{DAY}/{name}" for name in names]
    archived = b"".join(path.read_bytes() for path in night.home.settings.archive.glob("??/*"))
    assert b"Secret" not in archived


def inert_text(night: Night) -> None:
    assert night.verdicts() == {"leads_1.csv": "E-SCHEMA", "leads_2.csv": "loaded 1", "leads_3.csv": "loaded 1"}
    assert night.home.rows(columns="status, _extra") == [
        ("new", json.dumps({INJECTION: "1"}, separators=(",", ":"))),
        (INJECTION, None),
    ]


def read_by_hash(night: Night) -> None:
    assert set(night.verdicts().values()) == {"E-FILE-NAME", "loaded 2"}
    assert len(night.home.receipts()) == 5
    assert len(night.home.rows()) == 2


def one_line_each(night: Night) -> None:
    """Lines stay lines, and short, as nights.py asserts of every fault; here, that they say nothing of anybody."""
    assert len(night.report.refused) == 4
    assert not any("\x1b" in line or "Ann" in line for line in (*night.told, *night.report.refused))
    for path in night.home.settings.raw.glob("receipts/*/*/*.json"):
        assert "\x1b" not in path.read_text()


def a_database(folder: Path) -> bytes:
    path = folder / "x.duckdb"
    with duckdb.connect(str(path)) as db:
        db.execute("create table leads as select 1 as lead_id")
    content = path.read_bytes()
    path.unlink()
    return content


def foreign_formats(folder: Path) -> Home:
    database, pickled = a_database(folder), pickle.dumps({"lead_id": 1}, protocol=4)
    excel = zips.packed({"a.xml": "<x/>"})
    by_name = {"leads.duckdb": database, "leads.pkl": pickled, "leads.xlsx": excel, "leads.db": database}
    as_csv = {"leads_1.csv": database, "leads_2.csv": pickled, "leads_3.csv": excel}
    crafted = b"PAR1" + database[:500] + b"\xff\xff\xff\x7fPAR1"
    as_parquet = {"leads_4.parquet": crafted, "leads_5.parquet": pickled}
    return named(by_name | as_csv | as_parquet)(folder)


ATTACKS = (
    Fault(
        "E",
        129,
        "Archive members with paths",
        "refused whole: E-ARCHIVE-PATH, nothing written outside",
        archives(
            {f"{i}.zip": zips.packed({"accounts.csv": ACCOUNTS, name: GOOD}) for i, name in enumerate(PATHS)}
            | {"nul.zip": CUT_NAME}
        ),
        all_refused("E-ARCHIVE-PATH", 6, "member .._leads.csv has a path"),
    ),
    Fault(
        "E",
        130,
        "Archive members that are no files",
        "refused whole: E-ARCHIVE-MEMBER; of two, neither wins",
        archives(
            {
                "link.zip": zips.link("leads.csv"),
                "device.zip": zips.device("leads.csv"),
                "twice.zip": zips.twice("leads.csv", GOOD, leads(5)),
                "nested.zip": zips.packed({"leads.csv": GOOD, "more.zip": zips.packed({"leads.csv": GOOD})}),
                "empty.zip": zips.packed({}),
                "inner.zip": zips.packed({"leads.csv.gz": b"\x1f\x8b"}),
            }
        ),
        all_refused(
            "E-ARCHIVE-MEMBER",
            6,
            "is a link, device or folder",
            "stands more than once",
            "member more.zip is no entity's file",
        ),
    ),
    Fault(
        "E",
        131,
        "Archive bombs",
        "refused while reading: E-ARCHIVE-BOMB",
        bombs,
        all_refused(
            "E-ARCHIVE-BOMB",
            5,
            "unpacks to too much",
            "more than its directory says",
            "overlap",
            "more than 100 members",
        ),
    ),
    Fault(
        "E",
        132,
        "Links, pipes, sockets, second names, ../ in a manifest",
        "E-NOT-REGULAR or E-MANIFEST, never opened",
        irregular,
        only_regular_files,
    ),
    Fault(
        "E",
        133,
        "SQL in a header or a value",
        "text, or refused: E-SCHEMA",
        named(
            {
                "leads_1.csv": LEADS.replace("lead_id", QUOTED) + lead(1),
                "leads_2.csv": LEADS + lead(1, QUOTED),
                "leads_3.csv": LEADS.replace("\n", ',"' + INJECTION.replace('"', '""') + '"\n')
                + lead(2).replace("\n", ",1\n"),
            }
        ),
        inert_text,
    ),
    Fault(
        "E",
        134,
        "SQL and globs in a file name",
        "read by its hash; refused by name",
        named(dict.fromkeys(("a'); drop table x; --.csv", "*.csv", "[ab].csv", "leads_?.csv", "leads.csv"), GOOD)),
        read_by_hash,
    ),
    Fault(
        "E",
        138,
        "Line ends, escapes and a megabyte in names and cells",
        "one short line each",
        named(
            {
                "le\nads\x1b[31m.csv": GOOD,
                "leads_1.csv": "\x1b[31m,Ann\n1,2\n",
                "leads_2.csv": LEADS
                + lead(1, '"a\n\x1b[2J"')
                + lead(2, created="Ann\x1b" + "x" * 1_000_000)
                + lead(3, created="Ann"),
                "leads_3.csv": ",".join(f"{'n' * 59}{i}" for i in range(900)) + "\n1\n",
            }
        ),
        one_line_each,
    ),
    Fault(
        "E",
        147,
        "Databases, pickles, Excel and crafted Parquet",
        "refused: E-FORMAT, or by what they start like",
        foreign_formats,
        gives(
            {
                **dict.fromkeys(("leads.duckdb", "leads.pkl", "leads.xlsx", "leads.db"), "E-FORMAT"),
                **dict.fromkeys(("leads_1.csv", "leads_2.csv", "leads_3.csv"), "E-NOT-CSV"),
                **dict.fromkeys(("leads_4.parquet", "leads_5.parquet"), "E-PARQUET"),
            }
        ),
    ),
)
