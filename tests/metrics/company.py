"""A Dataset-like object from plain columns, so that a test shows its rows."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

import pyarrow as pa

from cxlib.data.schema import TABLES
from cxlib.data.settings import read_settings

_ARROW = {"number": pa.float64(), "integer": pa.float64(), "flag": pa.bool_(), "instant": pa.timestamp("us", tz="UTC"), "date": pa.date32()}


@dataclass(frozen=True, eq=False)
class Company:
    tables: dict
    as_of: datetime = datetime(2020, 4, 1, tzinfo=UTC)
    settings: object = field(default_factory=lambda: read_settings(None))
    caveats: tuple = ()

    @property
    def zone(self):
        return self.settings.zone or "UTC"

    def has(self, table, *columns):
        return table in self.tables and set(columns) <= set(self.tables[table].column_names)

    def segments(self, table):
        found = {}
        for holder in (table, "customers", "accounts"):
            if holder in self.tables and (holder == table or "customer_id" in self.tables[table].column_names):
                for name in self.tables[holder].column_names:
                    declared = TABLES[holder].column(name)
                    if declared is None or declared.type == "category":
                        found.setdefault(name, holder)
        return found

    def data_through(self, table):
        return self.as_of
