"""One override written beside the data: whole, of an account that exists, with an end."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import pandas as pd

from cxlib.assets import resolve
from cxlib.changes.log.book import alone, open_book
from cxlib.changes.log.rows import one_line
from cxlib.changes.wording import instant_text
from cxlib.data.clock import parse_as_of
from cxlib.data.dataset import Dataset
from cxlib.data.duckdb_file import SUFFIXES
from cxlib.data.read import load
from cxlib.errors import UnknownNameError, UsageError
from cxlib.health.overrides import LONGEST_DAYS, OVERRIDE_COLUMNS
from cxlib.health.scores import BANDS
from cxlib.result import Caveat, Result

__all__ = ["LoggedOverride", "add_override"]

Moment = str | date | datetime


@dataclass(frozen=True, eq=False, repr=False)
class LoggedOverride(Result):
    """The row of the overrides that was written.

    Parameters
    ----------
    where : str
        The file, or the table, that it stands in.
    row : mapping of str to str
        Its cells by column.
    caveats : tuple of Caveat
        `long_life`: it ends sooner than was asked for.
    """

    where: str
    row: Mapping[str, str]
    caveats: tuple[Caveat, ...] = ()

    @property
    def table(self) -> pd.DataFrame:
        """The one row."""
        return pd.DataFrame([dict(self.row)], columns=list(OVERRIDE_COLUMNS))

    @property
    def text(self) -> str:
        """What was written, in a line, then a line for each note."""
        row = self.row
        line = (
            f"{row['account_id']} is {row['band']} from {row['set_at']} to {row['expires_at']}, "
            f"added in {self.where}: {row['reason']} ({row['author']})."
        )
        return "\n".join([line, *(caveat.text for caveat in self.caveats)])


def add_override(  # noqa: PLR0913 - the columns of a row
    where: str | Path,
    account_id: str,
    *,
    band: str,
    author: str | None,
    reason: str | None,
    expires_at: Moment | None,
    set_at: Moment | None = None,
    config: str | Path | None = None,
    wait: float = 10.0,
) -> LoggedOverride:
    """Write an override beside the data.

    Parameters
    ----------
    where : str or Path
        A folder of data, its ``overrides.csv``, or a ``.duckdb`` file. A table that is not there is begun.
    account_id : str
        Of the data; of a customer where customers are scored.
    band : str
        danger, needs_attention, healthy or champion.
    author, reason : str
        Who says so, and why.
    expires_at : str, date or datetime
        When it ends; a day is its first local midnight. 90 days are a good life; after 180 it ends anyway.
    set_at : str, date, datetime or None
        From when it holds; None: the end of the data, which is what its author has seen.
    config : str, Path or None
        Settings; None: ``cxlib.toml`` beside the data.
    wait : float
        Seconds to wait for another writer.

    Returns
    -------
    LoggedOverride
        The row.

    Raises
    ------
    UsageError
        If something is not said, is no instant, or the end does not lie after the beginning.
    UnknownNameError
        If there is no such band or account.
    DataError, DataRefusedError
        If the data cannot be read.
    LockedError
        If another process goes on writing.
    CannotWriteError
        If the table is of a kind that is not written, or cannot be.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     rows = ["account_id,signed_up_at", "A-17,2020-01-05T09:00Z"]
    ...     size = (Path(folder) / "accounts.csv").write_text(chr(10).join(rows))
    ...     says = {"band": "danger", "author": "ann", "reason": "sponsor left"}
    ...     print(add_override(folder, "A-17", **says, expires_at="2020-04-01").text)
    A-17 is danger from 2020-01-06T00:00:00Z to 2020-04-01T00:00:00Z, added in overrides.csv: \
sponsor left (ann).
    """
    if band not in BANDS:
        raise UnknownNameError("band", band, BANDS)
    cells = {
        "account_id": one_line(account_id),
        "band": band,
        "author": one_line(author),
        "reason": one_line(reason),
    }
    _refuse_blank(cells, expires_at)
    data = load(_source(where), config=config)
    _refuse_unknown(cells["account_id"], data)
    zone = data.settings.table("overrides").get("zone", data.settings.zone)
    begins = data.as_of if set_at is None else parse_as_of(set_at, zone, where="set_at")
    ends = parse_as_of(expires_at or "", zone, where="expires_at")
    if ends <= begins:
        raise UsageError(
            "expires_at",
            found=instant_text(ends),
            expected=f"an instant after set_at {instant_text(begins)}",
            fix="say until when it holds; 90 days are a good life",
        )
    cells |= {"set_at": instant_text(begins), "expires_at": instant_text(ends)}
    book = open_book(where, config, lambda _: cells, table="overrides")
    with alone(book, wait):
        book.write([cells], {})
    return LoggedOverride(book.name, cells, _life(begins, ends))


def _refuse_blank(cells: Mapping[str, str], expires_at: Moment | None) -> None:
    """Nothing of an override may be left unsaid."""
    name = cells["account_id"] or "the account"
    for column, there, expected, fix in (
        ("account_id", cells["account_id"], "the account that is overridden", "name it"),
        ("author", cells["author"], f"who overrides {name}", "say who"),
        ("reason", cells["reason"], f"why {name} is overridden", "say why"),
        ("expires_at", expires_at, f"until when {name} is overridden", "give a day; 90 days are a good life"),
    ):
        if not there:
            raise UsageError(column, found="nothing", expected=expected, fix=fix)


def _source(where: str | Path) -> str | Path:
    """The data that a place belongs to: of a file in a folder, the folder."""
    if "://" in str(where):
        return where
    path = resolve(where)
    return path if path.is_dir() or path.suffix.lower() in SUFFIXES else path.parent


def _refuse_unknown(account_id: str, data: Dataset) -> None:
    """An override is of an account that the data hold."""
    unit = data.settings.raw.get("health", {}).get("unit", "account_id")
    table = "customers" if unit == "customer_id" else "accounts"
    if not data.has(table, unit):
        raise UsageError(
            "account_id",
            found=f"data without {table}",
            expected=f"a table {table}, so that the id can be checked",
            fix=f"add {table}.csv, or say in [health] unit what is scored",
        )
    known = data.frame(table)[unit].dropna().astype(str)
    if account_id not in set(known):
        raise UnknownNameError(
            "account_id", account_id, known, expected=f"an id of {table}", fix="correct the id"
        )


def _life(begins: datetime, ends: datetime) -> tuple[Caveat, ...]:
    latest = begins + timedelta(days=LONGEST_DAYS)
    if ends <= latest:
        return ()
    words = f"It ends on {instant_text(latest)}, {LONGEST_DAYS} days after it was set, sooner than asked for."
    return (Caveat("long_life", words),)
