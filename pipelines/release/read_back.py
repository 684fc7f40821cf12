"""Reads a release as a reader would, in a process that knows nothing of the one that wrote it.

`python -m pipelines.release.read_back DIRECTORY` prints nothing and exits 0, or says what does not hold and exits 5.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import duckdb

from pipelines.errors import PodiumError
from pipelines.quoting import identifier
from pipelines.release import certificate, databases, restricted
from pipelines.release.content import content_sha256


def read_back(directory: Path) -> None:
    """Check `directory` from a fresh process. Raises PodiumError with what that one found."""
    command = [sys.executable, "-P", "-m", "pipelines.release.read_back", str(directory)]
    # In a session of its own: Ctrl-C in a terminal must not make a sound release look unreadable.
    done = subprocess.run(command, capture_output=True, text=True, check=False, start_new_session=True)
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise PodiumError("E-READ-BACK", directory.name, said[-1] if said else f"exit {done.returncode}")


def check(directory: Path) -> None:
    """Certificate, one release over all tables, row counts, content. Raises PodiumError or duckdb.Error."""
    facts = certificate.verify(directory)
    with duckdb.connect(":memory:") as db:
        tables = databases.attach(db, directory)
        if set(tables) != set(facts["tables"]):
            raise _mismatch(directory, "tables", ", ".join(facts["tables"]), ", ".join(tables))
        for table, database in tables.items():
            _check_table(db, table, facts, directory)
            if not restricted.is_restricted(database, directory):
                _check_parquet(db, table, facts, directory)
        content = content_sha256(db, tables)
        if content != facts["content_sha256"]:
            raise _mismatch(directory, "content", facts["content_sha256"][:12], content[:12])


def _check_table(db: duckdb.DuckDBPyConnection, table: str, facts: certificate.Facts, directory: Path) -> None:
    counted = db.execute(f"select count(*), count(distinct release_id), max(release_id) from {identifier(table)}")
    rows, releases, release_id = counted.fetchone() or (0, 0, None)
    if rows != facts["tables"][table]:
        raise _mismatch(directory, f"rows of {table}", str(facts["tables"][table]), str(rows))
    if rows and (releases, release_id) != (1, facts["release_id"]):
        raise _mismatch(directory, f"release_id of {table}", facts["release_id"], f"{releases} ids, {release_id}")


def _check_parquet(db: duckdb.DuckDBPyConnection, table: str, facts: certificate.Facts, directory: Path) -> None:
    rows = facts["tables"][table]
    parquet = db.execute("select count(*) from read_parquet(?)", [str(directory / "parquet" / f"{table}.parquet")])
    if parquet.fetchone() != (rows,):
        raise _mismatch(directory, f"rows of {table}.parquet", str(rows), "another number")


def _mismatch(directory: Path, what: str, expected: str, found: str) -> PodiumError:
    return PodiumError("E-READ-BACK", directory.name, what, expected=expected, found=found)


def main() -> int:
    directory = Path(sys.argv[1])
    try:
        check(directory)
    except PodiumError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    except duckdb.Error as error:
        print(f"E-READ-BACK {directory.name}: {' '.join(str(error).split())}", file=sys.stderr)
        return PodiumError.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
