"""The options and arguments of the commands, each declared once, and how what was given is read."""

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from cxlib.data.clock import Frequency
    from cxlib.data.dataset import Dataset

Data = Annotated[str, typer.Option("--data", metavar="WHERE", help="Folder of data.")]
AboutData = Annotated[str, typer.Option("--data", metavar="WHERE", help="Say also what these data allow.")]
Config = Annotated[str, typer.Option(metavar="FILE", help="Default: cxlib.toml beside the data.")]
AsOf = Annotated[str, typer.Option(metavar="DATE", help="Day, instant or `now`; default: the data's end.")]
From = Annotated[str, typer.Option("--from", metavar="DATE", help="First day, YYYY-MM-DD.")]
To = Annotated[str, typer.Option("--to", metavar="DATE", help="Day after the last.")]
By = Annotated[list[str], typer.Option(metavar="SEGMENT", help="Repeat for separate cuts; a,b for a cross.")]
Columns = Annotated[
    list[str], typer.Option("--by", metavar="SEGMENT", help="Repeatable; default: every usable one.")
]
Accepted = Annotated[float, typer.Option("--q", metavar="SHARE", help="False discoveries that are accepted.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="Print errors only.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]

Folder = Annotated[str, typer.Argument(help="New or empty folder.")]
Out = Annotated[str, typer.Option(metavar="FOLDER", help="Folder of the reports.")]
Name = Annotated[str, typer.Argument(help="Show one definition.")]
Metrics = Annotated[list[str], typer.Option("--metric", metavar="NAME", help="A metric; repeatable.")]
All = Annotated[bool, typer.Option("--all", help="Every metric that the data allow.")]
Freq = Annotated[str, typer.Option(metavar="GRAIN", help="D, W, M, Q, Y, joined by commas.")]
Metric = Annotated[str, typer.Option(metavar="NAME", help="Metric that got worse.")]
Explain = Annotated[str, typer.Option(metavar="CHANGE", help="Why this change is, or is not, the cause.")]
Month = Annotated[str, typer.Option(metavar="MONTH", help="YYYY-MM, or `last` for the last complete one.")]
Notebooks = Annotated[str, typer.Option(metavar="FOLDER", help="Folder of notebooks; default: ours.")]
Force = Annotated[bool, typer.Option("--force", help="Run although nothing changed.")]
Wait = Annotated[float, typer.Option(metavar="SECONDS", help="How long to wait for another run.")]
Title = Annotated[str, typer.Argument(help="What changed; leave it out to end a change that is logged.")]
At = Annotated[str, typer.Option(metavar="WHEN", help="Instant, day (uncertain by a day) or `now`.")]
Component = Annotated[str, typer.Option(metavar="NAME", help="What part changed; `none` is an answer.")]
Kind = Annotated[
    str, typer.Option(metavar="KIND", help="release, flag, config, content, campaign, outage, definition.")
]
ChangeId = Annotated[str, typer.Option("--id", metavar="ID", help="Default: C- and the next number.")]
Description = Annotated[str, typer.Option(metavar="TEXT", help="More about it.")]
Scope = Annotated[str, typer.Option(metavar="COLUMN=VALUE", help="Whom it reaches: plan=premium; region=uk.")]
RolloutEnd = Annotated[str, typer.Option("--rollout-end-at", metavar="WHEN", help="When everybody had it.")]
Reverted = Annotated[str, typer.Option("--reverted-at", metavar="WHEN", help="When it was taken back.")]
Uncertain = Annotated[
    float | None, typer.Option("--uncertain-days", metavar="DAYS", help="How far the true day may lie.")
]
Writer = Annotated[
    float, typer.Option("--wait", metavar="SECONDS", help="How long to wait for another writer.")
]
FailOn = Annotated[str, typer.Option(metavar="LEVEL", help="yellow or red: exit 10 or 11 where it is found.")]
AskedMetric = Annotated[
    str, typer.Option("--metric", metavar="NAME", help="Look for shifts that no change explains.")
]
Source = Annotated[str, typer.Argument(metavar="FILE", help="Changelog, text of git, JSON or CSV.")]
Format = Annotated[str, typer.Option("--format", metavar="NAME", help="Default: recognised.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Tell what would be done, and write nothing.")]
Jobs = Annotated[int, typer.Option(metavar="N", min=1, help="Notebooks at a time.")]


def examples(*commands: str) -> str:
    """The end of a command's help."""
    return "\n\n".join(["Examples:", *commands])


def words(joined: str) -> tuple[str, ...]:
    """Words joined by commas."""
    return tuple(word.strip() for word in joined.split(",") if word.strip())


def grains(joined: str) -> "tuple[Frequency, ...]":
    """Grains of time joined by commas.

    Raises
    ------
    UnknownNameError
        If one is none of D, W, M, Q and Y.
    UsageError
        If none is given.
    """
    from typing import get_args

    from cxlib.data.clock import Frequency
    from cxlib.errors import UnknownNameError, UsageError

    known: tuple[Frequency, ...] = get_args(Frequency)
    given = [word.upper() for word in words(joined)]
    if not given:
        raise UsageError(
            "--freq",
            found="none",
            expected="D, W, M, Q or Y, joined by commas",
            fix="write it like --freq W,M",
        )
    for word in given:
        if word not in known:
            raise UnknownNameError("--freq", word, known)
    return tuple(grain for word in given for grain in known if grain == word)


def chosen(metric: list[str], *, all_: bool) -> list[str] | None:
    """The metrics that were named; None for all of them.

    Raises
    ------
    UsageError
        If neither or both of --metric and --all are given.
    """
    from cxlib.errors import UsageError

    if bool(metric) == all_:
        raise UsageError(
            "--metric",
            found="--all as well" if all_ else "none",
            expected="--metric NAME (repeatable) or --all",
            fix="run `cxlib metrics` for the list of names",
        )
    return None if all_ else metric


def load_data(data: str, config: str, as_of: str) -> "Dataset":
    """The data, checked."""
    from cxlib.data.clock import parse_as_of
    from cxlib.data.read import load

    if as_of not in {"", "now"}:
        parse_as_of(as_of, "UTC", where="--as-of")  # the zone of the data is not known yet
    return load(data, as_of=instant(as_of), config=config or None)


def settings_file(data: str, config: str) -> "Path":
    """The settings that a command may write to.

    Raises
    ------
    UsageError
        If there are none.
    """
    from pathlib import Path

    from cxlib.data.settings import settings_path
    from cxlib.errors import UsageError

    found = Path(config) if config else settings_path(Path(data))
    if found is None:
        raise UsageError(
            "--config",
            found="no cxlib.toml beside the data",
            expected="a file to write to",
            fix="make one, or name it with --config",
        )
    return found


def instant(given: str) -> str | None:
    """What --as-of means; None where it was not given."""
    if given != "now":
        return given or None
    from datetime import UTC, datetime

    return datetime.now(UTC).isoformat()  # noqa: TID251 - the one place that may read the clock


def failing(level: str) -> str:
    """The level of --fail-on; empty where it was not given.

    Raises
    ------
    UnknownNameError
        If it is neither yellow nor red.
    """
    if level not in {"", "yellow", "red"}:
        from cxlib.errors import UnknownNameError

        raise UnknownNameError("--fail-on", level, ("yellow", "red"))
    return level


def exit_of(worst: str, fail_on: str) -> int:
    """10 for yellow and 11 for red, from the level of --fail-on on; else 0."""
    codes = {"yellow": 10, "red": 11}
    return codes[worst] if fail_on and worst in codes and codes[worst] >= codes[fail_on] else 0


def period(from_: str, to: str) -> "tuple[date | None, date | None]":
    """First day and the day after the last.

    Raises
    ------
    UsageError
        If --from is not before --to, or one of them is no day.
    """
    if not (from_ or to):
        return None, None
    from cxlib.data.periods import as_day

    start, end = as_day(from_ or None, where="--from"), as_day(to or None, where="--to")
    if start and end and start >= end:
        from cxlib.errors import UsageError

        raise UsageError(
            "--from",
            found=str(start),
            expected=f"a day before --to {end}",
            fix="ranges are half-open, February 2020 is --from 2020-02-01 --to 2020-03-01",
        )
    return start, end
