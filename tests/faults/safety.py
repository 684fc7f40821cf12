"""Section E of the catalogue, as far as it is about options and packages: data that is code, code that was changed.

What a whole night shows (markup, secrets, file modes, canaries, network) stands in end_to_end/test_privacy.py.
"""

from __future__ import annotations

import re
import subprocess
import sys
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from zipfile import ZipFile

import pytest

from pipelines.errors import UsageError
from pipelines.intake.take import take_deliveries
from pipelines.release import provenance
from pipelines.settings import PROJECT_ROOT, Settings, read_config
from tests.faults.damage import locked_packages, said_of_version
from tests.faults.fault import Fault
from tests.unit.intake.intake_home import Home, leads

SECRET = "swordfish-9041"
JINJA = "{{ env_var('PODIUM_TEST_SECRET') }}"
SQL = "EUR'; drop table crm.leads; --"
OPTIONS = (
    f'base_currency: "{JINJA}"',
    f'base_currency: "{SQL}"',
    f'company_time_zone: "{JINJA}"',
    'company_time_zone: "Europe/Berlin\') or 1=1; --"',
    f'holidays: ["{JINJA}"]',
    'portfolio_value: "}, x: 1"',
    "close_window_days: !!python/object/apply:os.system [echo]",
    "fiscal_start_month: !!python/object/new:pipelines.settings.Config []",
    f'sources: {{crm: {{dialect: {{time_zone: "{SQL}"}}}}}}',
    "vars: {x: 1}",
)


@dataclass(frozen=True)
class Refusals:
    """What was said to each of OPTIONS, and a home whose free text is code in three languages."""

    told: list[UsageError]
    home: Home
    prefix: str
    named: Path


# 135: options and environment that would be code somewhere.
def code_in_options(folder: Path) -> Refusals:
    told = []
    for number, option in enumerate(OPTIONS):
        path = folder / f"{number}.yml"
        path.write_text(option + "\n", "utf-8")
        with pytest.raises(UsageError) as refused:
            read_config(path)
        told.append(refused.value)
    prefix = f"{JINJA}{SQL}"
    home = Home(folder, sources={"crm": {"id_prefix": prefix}})
    home.deliver("leads.csv", leads(2))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PODIUM_TEST_SECRET", SECRET)
        take_deliveries(home.settings)
        named = Settings.load(env={"PODIUM_HOME": str(folder / JINJA)}).home
    return Refusals(told, home, prefix, named)


def options_are_data(found: Refusals) -> None:
    assert [refusal.exit_code for refusal in found.told] == [2] * len(OPTIONS)
    said = [str(refusal) for refusal in found.told]
    assert [line for line in said if not re.match(r"E-CONFIG \d+\.yml:\d+: .+, expected .+", line)] == []
    assert [line for line in said if "\n" in line or SECRET in line] == []
    assert found.home.rows(columns="lead_id") == [(f"{found.prefix}L0",), (f"{found.prefix}L1",)]
    assert found.named.name == JINJA


@dataclass(frozen=True)
class Installs:
    """Exit codes and words of pip for a package as locked, and for the same one changed by a byte."""

    as_locked: subprocess.CompletedProcess[str]
    tampered: subprocess.CompletedProcess[str]


# 149: a package that is not the one that was locked.
def tampered_package(folder: Path) -> Installs:
    wheel = _wheel(folder / "wheels")
    lock = folder / "requirements.lock"
    lock.write_text(f"tiny==1.0 --hash=sha256:{sha256(wheel.read_bytes()).hexdigest()}\n")
    as_locked = _install(folder, lock)
    with ZipFile(wheel, "a") as archive:
        archive.writestr("tiny/more.py", "print('not what was locked')\n")
    return Installs(as_locked, _install(folder, lock))


def _wheel(folder: Path) -> Path:
    folder.mkdir()
    files = {
        "tiny/__init__.py": "",
        "tiny-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n",
        "tiny-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\nGenerator: hand\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    hashes = {name: urlsafe_b64encode(sha256(text.encode()).digest()).rstrip(b"=") for name, text in files.items()}
    record = [f"{name},sha256={digest.decode()},{len(files[name])}" for name, digest in hashes.items()]
    files["tiny-1.0.dist-info/RECORD"] = "\n".join([*record, "tiny-1.0.dist-info/RECORD,,"]) + "\n"
    path = folder / "tiny-1.0-py3-none-any.whl"
    with ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return path


def _install(folder: Path, lock: Path) -> subprocess.CompletedProcess[str]:
    """As `make setup` installs, from a folder."""
    how = ["--require-hashes", "--only-binary", ":all:", "--no-index", "--find-links", str(folder / "wheels")]
    where = ["--target", str(folder / "installed"), "--upgrade", "--no-cache-dir"]
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    return subprocess.run([*pip, *how, *where, "-r", str(lock)], capture_output=True, text=True)


def install_fails(found: Installs) -> None:
    assert found.as_locked.returncode == 0, found.as_locked.stderr
    assert found.tampered.returncode != 0
    assert "DO NOT MATCH THE HASHES" in found.tampered.stderr
    assert "--require-hashes --only-binary :all: -r requirements.lock" in (PROJECT_ROOT / "Makefile").read_text("utf-8")
    packages = locked_packages()
    assert len(packages) > 50
    assert [entry.split()[0] for entry in packages if "--hash=sha256:" not in entry] == []
    for tool in provenance.TOOLS:
        for instead in ("0.0.1", None):
            told = said_of_version(tool, instead)
            assert told.startswith(f"E-LOCK requirements.lock: {tool} is not the locked version")
            assert f"found {instead or 'none'}, run make setup" in told


SAFETY = (
    Fault(
        "E",
        135,
        "Code in options and environment",
        "exit 2 and one line, or plain data",
        code_in_options,
        options_are_data,
    ),
    Fault(
        "E",
        149,
        "A tampered package",
        "the install fails; another version, or none, is E-LOCK",
        tampered_package,
        install_fails,
    ),
)
