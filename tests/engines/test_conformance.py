"""One definition, every engine: the metrics give the same numbers wherever the tables lie."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import cxlib as cx
from cxlib.data.place import id_family
from cxlib.metrics import cell_rows
from cxlib.metrics.array_rows import KEYS, TABLES_BY_TICKET
from cxlib.metrics.catalogue import catalogue
from cxlib.metrics.cuts import measure_cuts
from tests.engines.stores import DuckStore
from tests.metrics.company import company

TOML = """
zone = "{zone}"
schedule = "support"
[schedules.support]
zone = "America/New_York"
hours = {{ mon = ["09:00-12:00", "13:00-17:00"], tue = ["09:00-17:00"], sun = ["00:30-06:00"] }}
holidays = ["2020-01-20"]
[targets.first_response_time]
clock = "business"
minutes = {{ urgent = 60, default = 240 }}
"""
IDS = ("_id", "author_id", "merged_into", "in_reply_to", "assignee")
NUMBERS = ["value", "n", "numerator", "denominator", "lower", "upper"]
GRAINS = ("D", "W", "M")
CUT = ("surveys", "tickets", "turns")
# They look at other rows, or at tables by another key than their own: no other metric of these tables does.
BY_STATEMENT = {"unanswered_repeat_rate", "page_contact_rate", "yellow_flag_outreach", "audit_coverage"}
AS_OF = "2020-05-20T13:45:00Z"


def many(copies, *, days=120):
    """Several companies as one, with quotes in reasons and instants about the days on which clocks change."""
    parts = [company(seed=seed, days=days) for seed in range(copies)]
    for i, frames in enumerate(parts):
        for frame in frames.values():
            for name in (name for name in frame.columns if name.endswith(IDS)):
                frame[name] = frame[name].map(lambda value, i=i: value if pd.isna(value) else f"{i}-{value}")
    joined = {name: pd.concat([part[name] for part in parts], ignore_index=True) for name in parts[0]}
    rng = np.random.default_rng(1)
    tickets = joined["tickets"]
    tickets["reason"] = tickets["reason"].replace({"login": 'can\'t "log in"', "refund": "50% back; --"})
    tickets.loc[rng.random(len(tickets)) < 0.05, "reason"] = None
    tickets["plan"] = rng.choice(["Ähre", "alpha", "Zebra", "a b"], len(tickets))
    edge = pd.Timestamp("2020-03-08T05:00Z")
    near = rng.random(len(tickets)) < 0.06
    spelled = (edge + pd.to_timedelta(rng.integers(-6 * 3600, 6 * 3600, len(tickets)), unit="s")).strftime(
        "%Y-%m-%dT%H:%M:%SZ"
    )
    tickets["created_at"] = tickets["created_at"].where(~near, pd.Series(spelled))
    return numbered(joined)


def numbered(frames):
    """The frames with whole numbers as ids of tickets and surveys, in no order in any but the first table."""
    known = {family: {} for family in KEYS.values()}
    for name in ("tickets", "surveys", *sorted(frames)):
        frame = frames[name]
        for column in frame.columns:
            family = known.get(id_family(column))
            if family is not None and not pd.api.types.is_integer_dtype(frame[column]):
                ids = [None if pd.isna(x) else family.setdefault(x, len(family) + 7) for x in frame[column]]
                frame[column] = pd.array(ids, "Int64")
    return frames


def whole(tables):
    """Tables as memory has them, with ids of tickets and surveys as the whole numbers that they are."""
    found = {}
    for name, table in tables.items():
        for i, column in enumerate(table.column_names):
            if id_family(column) in KEYS.values():
                table = table.set_column(i, column, table.column(i).cast(pa.int64()))
        found[name] = table
    return found


def by_key(tables):
    """The tables, of those that are read by ticket or survey the rows in that order."""
    keys = {**dict.fromkeys(TABLES_BY_TICKET, "ticket_id"), **KEYS}
    return {name: table.sort_by(keys[name]) if name in keys else table for name, table in tables.items()}


def answers(data, *, freqs, cuts=None, kinds_only=False, tables=None):
    """Every metric that the data allow, alone and by up to two segments of its table.

    `cuts` names the tables whose metrics are cut; none: all of them. `kinds_only` leaves one metric of each
    table and kind, `tables` those of some that may be worked out in arrays, which are asked apart from the
    others everywhere. The grains of a cut are sums of the same cells.
    """
    allowed = list(cx.list_metrics(data).table.query("available")["metric"])
    defined = catalogue(data.settings)
    if kinds_only:
        allowed = list({(defined[name].table, defined[name].kind): name for name in allowed}.values())
    parts = {}
    for name in allowed:
        table, apart = defined[name].table, name in BY_STATEMENT
        if tables is None or (table in tables and not apart):
            parts.setdefault((table, apart), []).append(name)
    found = {}
    for (table, apart), names in sorted(parts.items()):
        known = data.segments(table)
        by = tuple([name for name in ("plan", "channel", "kind", "store") if name in known][:2])
        asked = [(), by] if by and (cuts is None or table in cuts) else [()]
        for frame in measure_cuts(data, names, freqs=freqs, cuts=asked):
            found[table, apart, frame.freq, frame.by] = frame.table
    return found


def largest_difference(memory, there):
    """The largest difference of a number, relative to it where it is above 1; all else has to be equal."""
    assert memory.keys() == there.keys()
    assert memory
    largest = 0.0
    for key, expected in memory.items():
        got = there[key]
        names = [name for name in expected.columns if name not in NUMBERS]
        pd.testing.assert_frame_equal(got[names], expected[names], obj=str(key))
        for name in NUMBERS:
            left, right = (np.asarray(frame[name], dtype=float) for frame in (got, expected))
            finite = np.isfinite(right)
            np.testing.assert_array_equal(left[~finite], right[~finite], err_msg=f"{key} {name}")
            apart = np.abs(left[finite] - right[finite]) / np.maximum(1.0, np.abs(right[finite]))
            worst = int(apart.argmax()) if len(apart) else None
            assert worst is None or apart[worst] <= 1e-9, (key, name, expected[finite].iloc[worst].to_dict())
            largest = max(largest, float(apart.max(initial=0.0)))
    return largest


class Company:
    """A company and what its metrics are in memory, asked once for each zone and set of periods."""

    def __init__(self, frames, folder):
        self.frames, self.folder, self.known = frames, folder, {}

    def config(self, zone):
        path = self.folder / f"{zone.replace('/', '-')}.toml"
        path.write_text(TOML.format(zone=zone), "utf-8")
        return path

    def memory(self, zone, **asked):
        key = zone, *asked.values()
        if key not in self.known:
            data = cx.load(self.frames, as_of=AS_OF, config=self.config(zone))
            self.known[key] = data, answers(data, **asked)
        return self.known[key]


@pytest.fixture(scope="module")
def few(tmp_path_factory):
    return Company(many(1), tmp_path_factory.mktemp("few"))


@pytest.fixture(scope="module")
def lots(tmp_path_factory):
    return Company(many(143), tmp_path_factory.mktemp("lots"))


def check(store, company, zone, *, freqs, cuts=None, kinds_only=False, stored=whole):
    """Holds a place to memory; the words for the end of the run."""
    memory, expected = company.memory(zone, freqs=freqs, cuts=cuts, kinds_only=kinds_only)
    store.put(stored(dict(memory.everything)))
    there = cx.load(store.where, as_of=AS_OF, config=company.config(zone))
    asked = cx.list_metrics(memory).table
    pd.testing.assert_frame_equal(cx.list_metrics(there).table, asked)
    assert asked["available"].sum() > 50
    apart = largest_difference(expected, answers(there, freqs=freqs, cuts=cuts, kinds_only=kinds_only))
    rows = sum(len(frame) for frame in expected.values())
    by_two = sum(len(frame) for key, frame in expected.items() if len(key[-1]) == 2)
    tickets = memory.tables["tickets"].num_rows
    return (
        f"{store.name}, {zone}: {tickets:,} tickets, {rows:,} rows of results, {by_two:,} of them by two "
        f"segments, largest difference {apart:.1e}"
    )


def check_arrays(store, company, zone, monkeypatch, *, freqs, cuts=None):
    """Holds rows that are worked out in arrays to memory, as they come and in the order of their keys."""
    memory, expected = company.memory(zone, freqs=freqs, cuts=cuts, kinds_only=False)
    expected = {key: frame for key, frame in expected.items() if key[0] in KEYS and not key[1]}
    assert {key[0] for key in expected} == set(KEYS)
    plans, runs = [], []
    made, worked = cell_rows.array_plan, cell_rows.run
    monkeypatch.setattr(cell_rows, "array_plan", lambda *given: plans.append(made(*given)) or plans[-1])
    monkeypatch.setattr(cell_rows, "run", lambda *given, **how: runs.append(how) or worked(*given, **how))
    apart = []
    for in_order in (False, True):
        tables = by_key(whole(memory.everything)) if in_order else whole(memory.everything)
        plans.clear()
        runs.clear()
        store.put(tables)
        there = cx.load(store.where, as_of=AS_OF, config=company.config(zone))
        got = answers(there, freqs=freqs, cuts=cuts, tables=tuple(KEYS))
        apart.append(largest_difference(expected, got))
        assert len(plans) == len(KEYS)
        assert None not in plans, "a metric is not worked out in arrays: does it belong to BY_STATEMENT?"
        assert ({"sort": True} in runs) is not in_order
    rows = sum(len(frame) for frame in expected.values())
    tickets = memory.tables["tickets"].num_rows
    return (
        f"{store.name} in arrays, {zone}: {tickets:,} tickets, {rows:,} rows of results of "
        f"{' and '.join(KEYS)}, largest difference {max(apart):.1e}"
    )


def test_every_metric_is_the_same_in_every_place(store, few, told):
    if store.name == "spark":  # which plans a statement for longer than it runs it
        told(check(store, few, "America/St_Johns", freqs=GRAINS, cuts=("tickets",), kinds_only=True))
    else:
        told(check(store, few, "America/St_Johns", freqs=GRAINS, cuts=CUT, stored=dict))


def test_rows_worked_out_in_arrays_give_the_numbers_of_memory(few, told, tmp_path, monkeypatch):
    store = DuckStore(tmp_path / "company.duckdb")
    told(check_arrays(store, few, "America/St_Johns", monkeypatch, freqs=GRAINS, cuts=CUT))


ZONES = pytest.mark.parametrize("zone", ["America/New_York", "Asia/Kathmandu", "America/St_Johns"])


@pytest.mark.slow
@pytest.mark.timeout(7200)
@ZONES
def test_a_hundred_thousand_tickets_are_the_same_in_every_place(store, lots, told, zone):
    told(check(store, lots, zone, freqs=GRAINS))


@pytest.mark.slow
@pytest.mark.timeout(7200)
@ZONES
def test_a_hundred_thousand_tickets_worked_out_in_arrays(lots, told, zone, tmp_path, monkeypatch):
    store = DuckStore(tmp_path / "company.duckdb")
    told(check_arrays(store, lots, zone, monkeypatch, freqs=GRAINS))
