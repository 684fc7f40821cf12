"""Every path and option of a night. Nothing else reads the configuration file or the environment.

Option names are those of the metric definitions and of `release_info`; docs/configuration.md lists them all.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import available_timezones

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from pipelines.contract import ENTITIES
from pipelines.errors import UsageError

PROJECT_ROOT = Path(__file__).resolve().parent.parent
DBT_PROJECT = PROJECT_ROOT / "dbt_project"


def _time_zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError("allowed: an IANA time zone such as Europe/Berlin")
    return name


def _entity(name: str) -> str:
    if name not in ENTITIES:
        raise ValueError(f"allowed: {', '.join(ENTITIES)}")
    return name


TimeZone = Annotated[str, AfterValidator(_time_zone)]
EntityName = Annotated[str, AfterValidator(_entity)]
Currency = Annotated[str, Field(pattern="^[A-Z]{3}$")]


class _Options(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Dialect(_Options):
    """How a source writes its CSV files. Declared, never guessed."""

    encoding: Literal["utf-8", "utf-16", "cp1251", "cp1252", "latin-1"] = Field(
        "utf-8", description="Encoding of the files; a byte order mark is stripped."
    )
    delimiter: Literal[",", ";", "\t", "|"] = Field(",", description="Field separator.")
    decimal: Literal[".", ","] = Field(
        ".", description="Decimal separator; with `,` the thousands separators `.` and blank are allowed."
    )
    dates: Literal["ymd", "dmy", "mdy"] = Field("ymd", description="Order of day, month and year in dates.")
    time_zone: TimeZone = Field("UTC", description="Zone of timestamps that carry no offset.")


class Source(_Options):
    """What differs per source."""

    mode: Literal["delta", "full"] = Field(
        "delta", description="What a delivery without a manifest is; only a complete full one implies deletions."
    )
    id_prefix: str = Field("", description="Put before every id and reference, where two sources may collide.")
    id_length: int | None = Field(
        None, ge=1, description="Length of every id and reference, where all have one: shorter ones lost their zeros."
    )
    currency: Currency | None = Field(None, description="Currency of rows that deliver none.")
    may_be_empty: tuple[EntityName, ...] = Field(
        (), description="Entities whose full or first delivery may be header-only."
    )
    dialect: Dialect = Field(Dialect(), description="How its CSV files are written.")


class Report(_Options):
    """How sentences about people are written."""

    language: Literal["en", "ru"] = Field("en", description="Language of the sentences in one_on_one_brief.")


class Publish(_Options):
    """What readers of a release find in it."""

    people_details: bool = Field(False, description="Publish pay and words about people to every reader of a release.")


class Config(_Options):
    """The options of podium.yml."""

    company_time_zone: TimeZone = Field("UTC", description="Zone in which days, months and years are cut.")
    base_currency: Currency = Field("EUR", description="Currency of every published amount.")
    fiscal_start_month: int = Field(1, ge=1, le=12, description="First month of the fiscal year.")
    acceptance_sla_hours: int = Field(
        72, ge=1, description="Hours an AE has to decide on a hand-off before it counts as overdue."
    )
    close_window_days: int = Field(365, ge=1, description="Length of the cohort window of close_rate.")
    close_horizon_days: int | None = Field(
        None, ge=1, description="Days within which a deal must be won to count; default: measured per period."
    )
    close_lag_days: int = Field(5, ge=0, description="Days after its end from which a period is closed.")
    portfolio_value: Literal["trailing_12m", "recurring_month"] = Field(
        "trailing_12m", description="What a client is worth: invoices of 12 months, or the last month's recurring ones."
    )
    coaching_premium: float = Field(
        0.5, ge=0, allow_inf_nan=False, description="What a day of coaching is paid above the pay that is lost by it."
    )
    report: Report = Field(Report(), description="How sentences about people are written.")
    publish: Publish = Field(Publish(), description="What readers of a release find in it.")
    restricted_group: str | None = Field(
        None, min_length=1, description="Group of this machine that may open the restricted part of a release."
    )
    quiet_seconds: int = Field(
        60, ge=0, description="A delivery without a matching manifest is taken once untouched for this long."
    )
    set_deadline_hours: int = Field(
        36,
        ge=0,
        description="A full set may lack an entity that earlier ones had for this long before nights are held.",
    )
    holidays: tuple[date, ...] = Field(
        (), description="Days on which, as on Saturdays and Sundays, an export need not hold a change."
    )
    keep_releases: int = Field(7, ge=7, description="Releases kept beside the current one and its predecessor.")
    nightly_hour: int = Field(3, ge=0, le=23, description="Hour of the nightly schedule, in company time.")
    max_run_minutes: int = Field(240, ge=1, description="A night that runs longer is ended.")
    memory_limit_mb: int = Field(800, ge=256, description="Memory DuckDB may use before it spills to disk.")
    sources: dict[str, Source] = Field({}, description="What differs per source, by its folder name in the inbox.")

    def source(self, name: str) -> Source:
        return self.sources.get(name, Source())


@dataclass(frozen=True)
class Settings:
    """One home, one inbox, one configuration."""

    home: Path
    inbox: Path
    config: Config

    @classmethod
    def load(
        cls,
        home: Path | None = None,
        inbox: Path | None = None,
        config: Path | None = None,
        env: Mapping[str, str] = os.environ,
    ) -> Settings:
        """Arguments win over `PODIUM_HOME`, `PODIUM_INBOX` and `PODIUM_CONFIG`, these over the defaults.

        Raises UsageError for a configuration that cannot be read or holds a wrong option.
        """
        home = Path(home or env.get("PODIUM_HOME") or "var").absolute()
        inbox = Path(inbox or env.get("PODIUM_INBOX") or home / "inbox").absolute()
        named = config or (Path(env["PODIUM_CONFIG"]) if env.get("PODIUM_CONFIG") else None)
        if named and not named.is_file():
            raise UsageError("E-CONFIG", str(named), "no such file", do="name an existing file with --config")
        candidates = [named] if named else [home / "podium.yml", Path("podium.yml")]
        found = next((path for path in candidates if path.is_file()), None)
        return cls(home, inbox, read_config(found) if found else Config())

    @property
    def archive(self) -> Path:
        """Delivered bytes by SHA-256. Only added to."""
        return self.home / "archive"

    @property
    def raw(self) -> Path:
        """Typed Parquet, receipts and quarantine: a function of archive, contract and source options."""
        return self.home / "raw"

    @property
    def work(self) -> Path:
        """The private build of the running night."""
        return self.home / "work"

    @property
    def parse_cache(self) -> Path:
        """What dbt parsed last in this home; losing it costs the next night some seconds."""
        return self.home / "cache" / "partial_parse.msgpack"

    @property
    def held(self) -> Path:
        """Builds the gate refused, kept for `podium explain`."""
        return self.home / "held"

    @property
    def memory(self) -> Path:
        """What each release counted, record by record: for the next night to say why a closed period moved."""
        return self.home / "memory"

    @property
    def published(self) -> Path:
        return self.home / "published"

    @property
    def private(self) -> tuple[Path, ...]:
        """Directories that only the operator opens."""
        logs, cache = self.home / "logs", self.parse_cache.parent
        return (self.archive, self.raw, self.work, self.held, self.memory, self.dagster_home, cache, logs)

    @property
    def ledger(self) -> Path:
        """Every decision of every night, one JSON line each. Only added to."""
        return self.home / "ledger.jsonl"

    @property
    def ledger_head(self) -> Path:
        """How many rows the ledger has and the hash of the last one: a ledger cut at its end is noticed by it."""
        return self.home / "ledger.head"

    @property
    def lock(self) -> Path:
        return self.home / ".lock"

    @property
    def dagster_home(self) -> Path:
        return self.home / "dagster"


def read_config(path: Path) -> Config:
    """The configuration in `path`; every value is read as text first, so that `NO` stays a name.

    Raises UsageError naming the line and what is allowed.
    """
    try:
        node = yaml.compose(path.read_text("utf-8"), Loader=yaml.BaseLoader)
        data = yaml.load(path.read_text("utf-8"), Loader=yaml.BaseLoader) or {}
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        line = getattr(getattr(error, "problem_mark", None), "line", None)
        where = f"{path.name}:{line + 1}" if line is not None else path.name
        raise UsageError("E-CONFIG", where, "not readable as YAML", do="mend the file") from error
    if not isinstance(data, dict):
        raise UsageError("E-CONFIG", path.name, "not a list of options", expected="`option: value` lines")
    try:
        return Config.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        loc = tuple(part for part in first["loc"] if isinstance(part, str))
        raise UsageError(
            "E-CONFIG", f"{path.name}:{_line(node, loc)}", ".".join(loc), expected=_allowed(first, loc)
        ) from error


def _line(node: yaml.Node | None, loc: tuple[str, ...]) -> int:
    """Line of the innermost key of `loc` that stands in the file."""
    line = 1
    for name in loc:
        pairs = node.value if isinstance(node, yaml.MappingNode) else []
        pair = next(((k, v) for k, v in pairs if k.value == name), None)
        if pair is None:
            break
        line, node = pair[0].start_mark.line + 1, pair[1]
    return line


def _allowed(error: Any, loc: tuple[str, ...]) -> str:
    """What would have been right, in words."""
    if error["type"] == "extra_forbidden":
        options = _options_at(loc[:-1])
        return f"one of {', '.join(options.model_fields)}"
    return str(error["msg"]).removeprefix("Value error, ").removeprefix("Input should be ")


def _options_at(loc: tuple[str, ...]) -> type[_Options]:
    if loc[:1] == ("sources",):
        return Dialect if loc[2:] == ("dialect",) else Source
    groups: dict[tuple[str, ...], type[_Options]] = {("report",): Report, ("publish",): Publish}
    return groups.get(loc, Config)
