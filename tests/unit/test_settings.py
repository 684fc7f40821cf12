"""Configuration: who wins, what is refused and how that is said, and that every option is documented."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pipelines.errors import UsageError
from pipelines.settings import PROJECT_ROOT, Config, Dialect, Publish, Report, Settings, Source, read_config


def written(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8")
    return path


def test_arguments_win_over_the_environment_and_it_over_the_defaults(tmp_path: Path) -> None:
    env = {"PODIUM_HOME": str(tmp_path / "env"), "PODIUM_INBOX": str(tmp_path / "drop")}
    assert Settings.load(env=env).home == tmp_path / "env"
    assert Settings.load(env=env).inbox == tmp_path / "drop"
    assert Settings.load(home=tmp_path / "arg", env=env).home == tmp_path / "arg"
    assert Settings.load(home=tmp_path / "arg", env={}).inbox == tmp_path / "arg" / "inbox"
    assert Settings.load(env={}).home == Path.cwd() / "var"


def test_the_home_brings_its_own_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    home = tmp_path / "home"
    home.mkdir()
    written(tmp_path / "podium.yml", "base_currency: GBP\n")
    assert Settings.load(home=home, env={}).config.base_currency == "GBP"
    written(home / "podium.yml", "base_currency: CHF\n")
    assert Settings.load(home=home, env={}).config.base_currency == "CHF"
    named = written(tmp_path / "other.yml", "base_currency: USD\n")
    assert Settings.load(home=home, config=named, env={}).config.base_currency == "USD"
    assert Settings.load(home=home, env={"PODIUM_CONFIG": str(named)}).config.base_currency == "USD"


def test_a_configuration_that_is_named_must_exist(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such file"):
        Settings.load(config=tmp_path / "none.yml", env={})


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            "base_currency: EUR\nclose_widnow_days: 3\n",
            r"podium\.yml:2: close_widnow_days, expected one of .*close_window_days",
        ),
        ("fiscal_start_month: 13\n", r"podium\.yml:1: fiscal_start_month, expected .*less than or equal to 12"),
        ("coaching_premium: -0.1\n", r"podium\.yml:1: coaching_premium, expected .*greater than or equal to 0"),
        ("coaching_premium: inf\n", r"podium\.yml:1: coaching_premium, expected .*finite"),
        ("report: {language: de}\n", r"podium\.yml:1: report\.language, expected 'en' or 'ru'"),
        ("report: {tongue: en}\n", r"podium\.yml:1: report\.tongue, expected one of language"),
        ("publish: {people_detail: true}\n", r"podium\.yml:1: publish\.people_detail, expected one of people_details"),
        ("publish: {people_details: some}\n", r"podium\.yml:1: publish\.people_details, expected .*boolean"),
        ("company_time_zone: Mars/Olympus\n", r"podium\.yml:1: company_time_zone, .*IANA"),
        (
            "sources:\n  crm:\n    dialect:\n      delimiter: '#'\n",
            r"podium\.yml:4: sources\.crm\.dialect\.delimiter, expected",
        ),
        ("sources:\n  crm:\n    may_be_empty: [lead]\n", r"podium\.yml:3: .*may_be_empty.*leads"),
        ("sources:\n  crm:\n    modus: full\n", r"podium\.yml:3: .*modus, expected one of mode"),
        ("a: [\n", r"podium\.yml:\d: not readable as YAML"),
        ("- a\n", r"not a list of options"),
        ("!!python/object/apply:os.system [echo]\n", r"podium\.yml"),
    ],
)
def test_a_wrong_option_is_named_with_its_line_and_what_is_allowed(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(UsageError, match=says) as refused:
        read_config(written(tmp_path / "podium.yml", text))
    assert refused.value.exit_code == 2
    assert "\n" not in str(refused.value)


def test_values_are_read_as_text(tmp_path: Path) -> None:
    config = read_config(written(tmp_path / "podium.yml", "sources: {crm: {id_prefix: NO}, b: {id_prefix: 1.10}}\n"))
    assert config.source("crm").id_prefix == "NO"
    assert config.source("b").id_prefix == "1.10"
    assert config.source("unknown") == Source()


def test_every_option_is_documented_with_its_default() -> None:
    page = (PROJECT_ROOT / "docs" / "configuration.md").read_text("utf-8")
    told = dict(re.findall(r"^\| `([\w.]+)` \| (`[^`]*`|none) \|", page, re.MULTILINE))
    expected = {}
    groups = (("", Source), ("dialect.", Dialect), ("report.", Report), ("publish.", Publish))
    for prefix, options in (("", Config), *groups):
        for name, field in options.model_fields.items():
            if name in ("sources", "dialect", "report", "publish"):
                continue
            default = str(field.default).lower() if isinstance(field.default, bool) else field.default
            expected[prefix + name] = "none" if default in (None, "", ()) else f"`{default}`"
    assert told == expected
