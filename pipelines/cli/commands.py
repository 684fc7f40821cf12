"""The commands of `podium`: arguments and help texts. What they print stands in the modules beside this one."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from pipelines.cli.failures import HOME, Group
from pipelines.errors import InfrastructureError
from pipelines.settings import Settings

EXITS = """
\b
Exit codes: 0 published, or nothing new and the current release stands
            2 wrong usage or configuration    3 held by the gate
            4 a delivered file was refused    5 infrastructure
            6 another run holds the lock      130 interrupted
"""


def with_settings(command: Callable[..., None]) -> Callable[..., None]:
    """Add --home and --config to a command and hand it the Settings they lead to."""

    @click.option("--home", type=click.Path(path_type=Path), help="Where Podium keeps its state [PODIUM_HOME, ./var].")
    @click.option(
        "--config",
        type=click.Path(path_type=Path),
        help="Configuration [PODIUM_CONFIG, <home>/podium.yml, ./podium.yml].",
    )
    @functools.wraps(command)
    def wrapped(home: Path | None, config: Path | None, inbox: Path | None = None, **arguments: Any) -> None:
        settings = Settings.load(home=home, inbox=inbox, config=config)
        click.get_current_context().meta[HOME] = settings.home
        command(settings, **arguments)

    return wrapped


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="podium")
def main() -> None:
    """From a company's CRM exports to a nightly, certified answer: who sells best, and why.

    \b
    First steps:
      podium demo var/demo/inbox        make a small CRM to try things on
      podium run --home var/demo        run one night on it
      podium status --home var/demo     what stands now
    """


@main.command(epilog=EXITS)
@click.option("--inbox", type=click.Path(path_type=Path), help="Where deliveries arrive [PODIUM_INBOX, <home>/inbox].")
@click.option("--as-of", "as_of", type=click.DateTime(["%Y-%m-%d"]), help="The as-of date D [the newest delivery].")
@click.option("--promote", is_flag=True, help="Make the release current even if its D is older than current's.")
@with_settings
def run(settings: Settings, as_of: datetime | None, promote: bool) -> None:
    """Run one night: take what is new in the inbox, build, check, publish."""
    from pipelines.cli.night import run_night

    day: date | None = as_of.date() if as_of else None
    click.get_current_context().exit(run_night(settings, day, promote))


@main.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--source", help="Whose options hold [the folder of <source>/<date>/FILE].")
@click.option("--config", type=click.Path(path_type=Path), help="Configuration [PODIUM_CONFIG, ./podium.yml].")
def check(files: tuple[Path, ...], source: str | None, config: Path | None) -> None:
    """Say what a night would say to FILES, as if they were a source's first. Nothing is kept."""
    from pipelines.cli.check import check as check_files

    lines, exit_code = check_files(Settings.load(config=config), files, source)
    for line in lines:
        click.echo(line)
    click.get_current_context().exit(exit_code)


@main.command()
@click.argument("directory", type=click.Path(path_type=Path))
@click.option("--people", default=50, show_default=True, type=click.IntRange(min=5), help="Size of the sales team.")
@click.option("--months", default=24, show_default=True, type=click.IntRange(min=1), help="Length of the history.")
@click.option("--nights", default=1, show_default=True, type=click.IntRange(min=1), help="Deliveries to write.")
@click.option("--seed", default=7, show_default=True, help="Same seed, same bytes.")
@click.option("--activities", type=click.IntRange(min=0), help="Number of activities [as the team's size gives].")
def demo(directory: Path, people: int, months: int, nights: int, seed: int, activities: int | None) -> None:
    """Write the deliveries of an invented CRM into DIRECTORY, some rows of them dirty."""
    from pipelines.demo import make_demo
    from pipelines.progress import progress

    with progress():
        made = make_demo(directory, people=people, months=months, nights=nights, seed=seed, activities=activities)
    rows = sum(made.rows.values())
    click.echo(f"{rows:,} rows in {made.files} files of {len(made.delivered_on)} deliveries in {made.directory}")


@main.command()
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@with_settings
def status(settings: Settings, as_json: bool) -> None:
    """Say which release is current, what was held or refused, and how the last nights ended."""
    from pipelines.cli.state import described
    from pipelines.release import readers

    found = readers.status(settings)
    click.echo(json.dumps(found, indent=2) if as_json else described(found))


@main.command()
@with_settings
def releases(settings: Settings) -> None:
    """List the releases that are kept, newest first."""
    from pipelines.cli.state import listed
    from pipelines.release import readers

    click.echo(listed(readers.list_releases(settings)))


@main.command()
@click.argument("version", required=False)
@with_settings
def rollback(settings: Settings, version: str | None) -> None:
    """Make an earlier release current again: VERSION, or the one readers saw before."""
    from pipelines.release.publish import rollback as roll_back

    outcome = roll_back(settings, version)
    click.echo(f"{outcome.release_id} is current again; {outcome.previous_release_id or 'nothing'} was before.")


@main.command()
@with_settings
def rebuild(settings: Settings) -> None:
    """Make the last release again from archive and ledger alone, and say whether it is the same."""
    from pipelines.cli.rebuild import rebuild as make_again

    click.get_current_context().exit(make_again(settings))


@main.command()
@click.argument("person")
@with_settings
def brief(settings: Settings, person: str) -> None:
    """Print what a manager takes into a one-on-one with PERSON, an id or a full name.

    Only for those who may open the restricted part of a release.
    """
    from pipelines.cli.brief import brief as printed

    click.echo(printed(settings, person))


@main.command()
@click.argument("sql")
@click.option("--csv", "csv_file", type=click.Path(path_type=Path, dir_okay=False), help="Write CSV to FILE instead.")
@with_settings
def query(settings: Settings, sql: str, csv_file: Path | None) -> None:
    """Answer one SELECT on the current release. It reaches no file, network or other database."""
    from pipelines.cli.table import as_table
    from pipelines.release import readers

    answer = readers.query(settings, sql)
    if csv_file:
        readers.write_answer(answer, csv_file)
        click.echo(f"{answer.num_rows:,} rows in {csv_file}")
    else:
        columns = [column.to_pylist() for column in answer.columns]
        click.echo(as_table(answer.column_names, list(zip(*columns, strict=True))))


def decision_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add what a decision about a held build says: on what, why, whose it is and how long it stands."""
    for add in (
        click.option("--second", metavar="NAME", help="A second person who agrees."),
        click.option("--expires", default="24h", show_default=True, help="How long it stands, up to 7d."),
        click.option("--by", required=True, metavar="NAME", help="Who decides."),
        click.option("--reason", required=True, metavar="TEXT", help="Why, for everybody who reads the release."),
        click.argument("check", metavar="CODE_OR_CHECK"),
        click.argument("release"),
    ):
        command = add(command)
    return command


@main.command()
@decision_options
@with_settings
def override(settings: Settings, release: str, check: str, **said: Any) -> None:
    """Let held build RELEASE through in spite of a check that found an anomaly.

    It holds for the same content and a value that is no worse, for one release, and marks that release for good.
    Checks that guard integrity are never overridden.
    """
    from pipelines.cli.decide import decided

    click.echo(decided(settings, "override", release, check, **said))


@main.command()
@decision_options
@with_settings
def ack(settings: Settings, release: str, check: str, **said: Any) -> None:
    """Declare that what a check found in held build RELEASE is meant: a closed period that moved, a changed gate.

    It holds for the same content and a value that is no worse, for one release, which is then the new normal.
    """
    from pipelines.cli.decide import decided

    click.echo(decided(settings, "ack", release, check, **said))


@main.group()
def audit() -> None:
    """Prove that ledger, releases and archive are what they were."""


@audit.command()
@with_settings
def verify(settings: Settings) -> None:
    """Prove that no row of the ledger was changed, and that each release is the one that was published.

    One line; exit code 3 where something does not hold.
    """
    from pipelines.release.chain import verify_all

    proof = verify_all(settings)
    click.echo(f"Whole: {proof.rows:,} rows of the ledger, {proof.releases:,} releases as they were published.")


@audit.command()
@with_settings
def archive(settings: Settings) -> None:
    """Read every archived file again, and name those that are not as they were delivered.

    One line; exit code 5 where a file was damaged or lost, which is then named on stderr.
    """
    from pipelines.intake.scrub import damaged

    lines = list(damaged(settings))
    for line in lines:
        click.echo(line, err=True)
    if lines:
        click.get_current_context().exit(InfrastructureError.exit_code)
    click.echo("Whole: every archived file is as it was delivered.")


@main.command()
@click.argument("check")
@with_settings
def explain(settings: Settings, check: str) -> None:
    """Show the keys that made CHECK hold the newest held build. Ids only, no row content."""
    from pipelines.cli.held import explanation

    click.echo(explanation(settings, check))
