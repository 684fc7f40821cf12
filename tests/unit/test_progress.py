"""What the progress display shows: what the parts of a night said, each on its own line."""

from __future__ import annotations

import io
import logging

import pytest

from pipelines.progress import CLEAR_LINE, progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def lines(text: str) -> list[str]:
    """What stays visible on a terminal."""
    return [line.split(CLEAR_LINE)[-1].split(maxsplit=1)[1] for line in text.rstrip("\n").split("\n")]


def report() -> None:
    logging.getLogger("podium.intake").info("1/2 leads.csv 10 rows")
    logging.getLogger("podium.intake").info("2/2 users.csv 5 rows")
    logging.getLogger("podium.dbt").info("1/1 stg_leads")


def test_plain_lines_where_nobody_watches() -> None:
    stream = io.StringIO()
    with progress(stream):
        report()
    assert lines(stream.getvalue()) == [
        "intake     1/2 leads.csv 10 rows",
        "intake     2/2 users.csv 5 rows",
        "dbt        1/1 stg_leads",
    ]


def test_a_talkative_part_is_shown_by_its_first_and_last_line_at_least() -> None:
    stream = io.StringIO()
    with progress(stream):
        for number in range(1, 100):
            logging.getLogger("podium.dbt").info("%d/99", number)
    shown = lines(stream.getvalue())
    assert (shown[0], shown[-1]) == ("dbt        1/99", "dbt        99/99")
    assert len(shown) < 50


def test_a_terminal_keeps_the_last_line_of_each_part() -> None:
    stream = Terminal()
    with progress(stream):
        report()
    assert lines(stream.getvalue()) == ["intake     2/2 users.csv 5 rows", "dbt        1/1 stg_leads"]
    assert stream.getvalue().endswith("\n")


def test_warnings_stay_and_debug_is_not_shown() -> None:
    stream = Terminal()
    with progress(stream):
        logging.getLogger("podium.intake").warning("odd")
        logging.getLogger("podium.intake").debug("detail")
        logging.getLogger("podium.intake").info("fine")
    assert lines(stream.getvalue()) == ["intake     odd", "intake     fine"]


def test_a_message_cannot_break_its_line() -> None:
    stream = io.StringIO()
    with progress(stream):
        logging.getLogger("podium.intake").info("a\nb\x1b[31mc")
    assert lines(stream.getvalue()) == ["intake     a?b?[31mc"]


def test_loggers_are_left_as_they_were(caplog: pytest.LogCaptureFixture) -> None:
    logger = logging.getLogger("podium")
    before = (list(logger.handlers), logger.level, logger.propagate)
    with pytest.raises(ValueError, match="x"), progress(io.StringIO()):
        raise ValueError("x")
    assert (list(logger.handlers), logger.level, logger.propagate) == before
