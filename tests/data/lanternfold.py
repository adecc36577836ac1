"""The tables of the synthetic company as plain text frames, and what the tests ask of them."""

import gzip
import json
from io import StringIO

import numpy as np
import pandas as pd

from cxlib.data.schema import TABLES

ZONE = "America/Chicago"


def read(folder, name):
    """A table as text; lines with too many fields left out."""
    path = folder / f"{name}.csv"
    text = path.read_bytes() if path.exists() else gzip.decompress((folder / f"{name}.csv.gz").read_bytes())
    return pd.read_csv(StringIO(text.decode()), dtype="str", keep_default_na=False, on_bad_lines="skip")


def local(texts):
    """Local wall time; missing where the text is no instant."""
    return pd.to_datetime(texts, utc=True, errors="coerce").dt.tz_convert(ZONE).dt.tz_localize(None)


def points(score):
    """Row value of NPS; missing where nobody answered."""
    number = pd.to_numeric(score, errors="coerce")
    return pd.Series(
        np.select([number >= 9, number <= 6, number >= 0], [100.0, -100.0, 0.0], np.nan), score.index
    )


class Company:
    """The tables of a folder or of a sample, with what the tests ask of them."""

    def __init__(self, tables, truth):
        self.tables, self.truth = tables, truth
        self.planted = {plant["id"]: plant for plant in truth["planted"]}
        customers = tables["customers"].drop_duplicates("customer_id")
        nps = tables["surveys"].drop_duplicates().query("kind == 'nps'")
        nps = nps.query("trigger == 'relationship'")
        self.nps = nps.merge(customers[["customer_id", "plan", "region"]], on="customer_id").assign(
            sent=lambda rows: local(rows.sent_at),
            responded=lambda rows: local(rows.responded_at),
            points=lambda rows: points(rows.score),
        )
        self.tickets = tables["tickets"].drop_duplicates().assign(created=lambda rows: local(rows.created_at))
        self.changes = tables["changes"].assign(at=lambda rows: local(rows.released_at))

    def answers(self, start, end):
        return self.nps[(self.nps.responded >= start) & (self.nps.responded < end) & self.nps.points.notna()]

    def sends(self, start, end):
        return self.nps[(self.nps.sent >= start) & (self.nps.sent < end)]

    def contacts(self, start, end):
        return self.tickets[(self.tickets.created >= start) & (self.tickets.created < end)]


def opened(folder):
    """The company of a folder."""
    tables = {name: read(folder, name) for name in TABLES if any(folder.glob(f"{name}.csv*"))}
    return Company(tables, json.loads((folder / "truth.json").read_text()))
