"""What came of checking a file, kept between runs: the same file, settings and `as_of` are checked once.

Counts, remarks and bounds are kept as they were found; how a table is read, as the SQL that says so; the log
of changes, keys that several rows share and the examples of the quarantine, as they stand in the `Dataset`.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime
from typing import Any

import pyarrow as pa
import sqlglot
from sqlglot import exp

from cxlib.data import kept
from cxlib.data.clock import to_microseconds
from cxlib.data.dataset import Dataset
from cxlib.data.engine import DuckEngine
from cxlib.data.facts import PREPARED_SEGMENTS
from cxlib.data.fingerprint import cache_folder
from cxlib.data.located import Located
from cxlib.data.period import visible_at
from cxlib.data.place import Place, Seen
from cxlib.data.schema import TABLES
from cxlib.data.settings import Settings
from cxlib.data.stored import Database
from cxlib.data.table_check import TableCheck
from cxlib.result import Caveat

__all__ = ["checked_once"]

_EVERYTHING, _LOOKUP = "everything ", "lookup "


def checked_once(
    database: Database, settings: Settings, moment: datetime | None, check: Callable[[], Dataset]
) -> Dataset:
    """The dataset that was kept of a file, or a freshly checked one, which is kept.

    Parameters
    ----------
    database : Database
        Where the tables lie; only of a file can be said that it is the same.
    settings : Settings
        What cxlib.toml says.
    moment : datetime or None
        The `as_of` that was asked for.
    check : callable
        Looks at every row. What it refuses is refused anew each time.
    """
    key = _key(database, settings, moment)
    found = kept.kept("checked", key)
    if found is not None and isinstance(database.engine, DuckEngine):
        return _read(found, database, database.engine, settings)
    made = check()
    rows = sum(one.rows_in for one in made.checks.values())
    # the key again: the file may have changed while it was checked
    if key is not None and rows >= kept.LEAST_ROWS and key == _key(database, settings, moment):
        _keep(key, made)
    return made


def _key(database: Database, settings: Settings, moment: datetime | None) -> str | None:
    if database.changes or not isinstance(database.engine, DuckEngine) or cache_folder() is None:
        return None
    with suppress(OSError):  # a file that cannot be read is told in the words of its engine
        at = None if moment is None else moment.isoformat()
        return kept.key_of("checked", database.fingerprint(), settings.hash, at)
    return None


def _keep(key: str, data: Dataset) -> None:
    engine, place = data.engine, data.place
    if place is None or not isinstance(engine, DuckEngine):
        return
    facts = {
        "as_of": data.as_of.isoformat(),
        "fingerprint": data.fingerprint,
        "checks": [asdict(check) for check in data.checks.values()],
        "caveats": [[caveat.code, caveat.text] for caveat in data.caveats],
        "notes": data.notes,
        "aside": data.aside,
        "had": data.had,
        "ids": place.ids,
        "zone": place.zone,
        "seen": {name: [seen.used, seen.hidden, seen.last_day] for name, seen in place.seen.items()},
        "located": {name: _told(located, engine.dialect) for name, located in place.tables.items()},
    }
    tables = {f"{_EVERYTHING}{name}": table for name, table in data.everything.items()}
    lookups = {f"{_LOOKUP}{name}": table for name, table in engine.lookups.items()}
    kept.keep("checked", key, tables | lookups, facts)


def _told(located: Located, dialect: str) -> dict[str, Any]:
    """A table as JSON can tell it."""
    return {
        "stored": [part.name for part in located.stored.parts],
        "columns": {name: value.sql(dialect) for name, value in located.columns.items()},
        "faults": [fault.sql(dialect) for fault in located.faults],
        "swapped": located.swapped,
        "repeated": located.repeated,
        "past": None if located.past is None else located.past.sql(dialect),
        "bounds": located.bounds,
        "days": [list(located.days), list(located.days.values())],
        "undated": located.undated,
    }


def _read(found: kept.Kept, database: Database, engine: DuckEngine, settings: Settings) -> Dataset:
    facts, moment = found.facts, datetime.fromisoformat(found.facts["as_of"])
    if lookups := _named(found.tables, _LOOKUP):
        engine = engine.carrying(lookups)
    everything = _named(found.tables, _EVERYTHING)
    place = Place(
        engine,
        {name: _located(name, told, engine.dialect) for name, told in facts["located"].items()},
        facts["ids"],
        to_microseconds(moment),
        facts["zone"],
        changes=False,
        seen={name: Seen(*seen) for name, seen in facts["seen"].items()},
    )
    return Dataset(
        tables=visible_at(everything, moment, place.zone)[0],
        as_of=moment,
        settings=settings,
        fingerprint=facts["fingerprint"],
        checks={one["table"]: _check_of(one) for one in facts["checks"]},
        caveats=tuple(Caveat(code, text) for code, text in facts["caveats"]),
        source=database.words,
        notes=tuple(facts["notes"]),
        everything=everything,
        aside=tuple(tuple(line) for line in facts["aside"]),
        had={name: tuple(columns) for name, columns in facts["had"].items()},
        engine=engine,
        place=place,
        prepared=PREPARED_SEGMENTS,
    )


def _named(tables: Mapping[str, pa.Table], start: str) -> dict[str, pa.Table]:
    return {name.removeprefix(start): table for name, table in tables.items() if name.startswith(start)}


def _check_of(told: Mapping[str, Any]) -> TableCheck:
    return TableCheck(**{**told, "files": tuple(told["files"]), "notes": tuple(told["notes"])})


def _located(name: str, told: Mapping[str, Any], dialect: str) -> Located:
    catalog, schema, table = told["stored"]
    past = told["past"]
    return Located(
        TABLES[name],
        exp.table_(table, db=schema, catalog=catalog, quoted=True),
        _Columns(told["columns"], dialect),
        faults=tuple(_tree(fault, dialect) for fault in told["faults"]),
        swapped=tuple((earlier, later) for earlier, later in told["swapped"]),
        repeated=told["repeated"],
        past=None if past is None else _tree(past, dialect),
        bounds={column: (first, last) for column, (first, last) in told["bounds"].items()},
        days=dict(zip(*told["days"], strict=True)),
        undated=told["undated"],
    )


def _tree(text: str, dialect: str) -> exp.Expr:
    return sqlglot.parse_one(text, dialect=dialect)


class _Columns(Mapping[str, exp.Expr]):
    """How the columns of a table are read, from text: a tree is made when it is wanted first.

    Where frames are kept too, no query is made, and no tree is wanted.
    """

    def __init__(self, texts: Mapping[str, str], dialect: str) -> None:
        self._texts, self._dialect = texts, dialect
        self._trees: dict[str, exp.Expr] = {}

    def __getitem__(self, name: str) -> exp.Expr:
        if name not in self._trees:
            self._trees[name] = _tree(self._texts[name], self._dialect)
        return self._trees[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)

    def __contains__(self, name: object) -> bool:
        return name in self._texts
