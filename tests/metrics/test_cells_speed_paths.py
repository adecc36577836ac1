"""Cells added up in arrays are those of the plain statement: same data, same numbers, whatever the way."""

import duckdb
import numpy as np
import pandas as pd
import pytest

import cxlib as cx
from cxlib.metrics import cell_rows, row_ranges
from cxlib.metrics.availability import why_not
from cxlib.metrics.catalogue import catalogue
from cxlib.metrics.cells import cells_by_statement, count_cells, count_cuts, engine_of
from cxlib.metrics.gather import row_value
from cxlib.metrics.spread import spreads_of
from cxlib.metrics.spread_store import SpreadStore

CUTS = [(), ("channel",), ("reason",), ("channel", "reason")]
SETTINGS = """zone = "America/New_York"
schedule = "support"
[schedules.support]
zone = "America/New_York"
hours = { mon = ["09:00-12:00", "13:00-17:00"], wed = ["09:00-17:00"] }
"""


def stored_company(folder, *, seed=3, tickets=400, events=False, shuffled=False):
    """A small company in a DuckDB file: blanks, merged and deleted tickets, notes, bots, early messages."""
    random = np.random.default_rng(seed)
    start = pd.Timestamp("2024-02-20", tz="UTC")
    created = start + pd.to_timedelta(np.sort(random.integers(0, 50 * 86_400, tickets)), unit="s")
    solved = created + pd.to_timedelta(random.lognormal(10, 1.5, tickets).round(), unit="s")
    status = random.choice(["solved", "open", "spam", "closed"], tickets, p=[0.6, 0.25, 0.05, 0.1])
    ids = np.arange(7, 7 + tickets)
    frames = {
        "tickets": pd.DataFrame(
            {
                "ticket_id": ids,
                "created_at": created,
                "customer_id": random.integers(1, 90, tickets),
                "channel": random.choice(np.array(["chat", "email", None], dtype=object), tickets),
                "reason": random.choice(np.array(["login", "it's late", "", None], dtype=object), tickets),
                "priority": random.choice(["urgent", "low"], tickets),
                "status": status,
                "initiated_by": random.choice(["customer", "agent"], tickets, p=[0.9, 0.1]),
                "solved_at": pd.Series(solved).where(np.isin(status, ["solved", "closed"])),
                "merged_into": pd.array(
                    [7 if one < 0.05 else None for one in random.random(tickets)], "Int64"
                ),
                "reopens": random.integers(0, 2, tickets),
            }
        )
    }
    written = np.repeat(np.arange(tickets), random.integers(0, 5, tickets))
    sent = created[written] + pd.to_timedelta(random.integers(-600, 200_000, len(written)), unit="s")
    frames["messages"] = pd.DataFrame(
        {
            "message_id": np.arange(len(written)),
            "ticket_id": ids[written],
            "sent_at": sent,
            "author_role": random.choice(["customer", "agent", "bot"], len(written)),
            "public": random.random(len(written)) < 0.9,
            "is_auto": random.random(len(written)) < 0.1,
        }
    )
    answered = created + pd.to_timedelta(random.integers(60, 30 * 86_400, tickets), unit="s")
    frames["surveys"] = pd.DataFrame(
        {
            "survey_id": ids,
            "kind": random.choice(["nps", "csat"], tickets),
            "sent_at": created,
            "responded_at": pd.Series(answered).where(random.random(tickets) < 0.7),
            "score": random.integers(1, 6, tickets).astype(float),
            "customer_id": random.integers(1, 60, tickets),
            "channel": random.choice(np.array(["chat", "email", None], dtype=object), tickets),
            "reason": random.choice(np.array(["login", None], dtype=object), tickets),
        }
    )
    if events:
        frames["ticket_events"] = events_of(random, ids, created)
    if shuffled:
        frames = {name: frame.sample(frac=1, random_state=4) for name, frame in frames.items()}
    path = folder / "company.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for name, frame in frames.items():
            connection.register("given", frame)
            connection.execute(f"CREATE TABLE {name} AS SELECT * FROM given")  # noqa: S608 - names of ours
            connection.unregister("given")
    (folder / "cxlib.toml").write_text(SETTINGS)
    return path


def events_of(random, ids, created):
    """Steps of four tickets in five: open, perhaps pending, solved, perhaps open again and solved again."""
    steps = (
        ("open", 1.0),
        ("pending", 0.3),
        ("solved", 0.8),
        ("open", 0.3),
        ("solved", 0.6),
        ("closed", 0.3),
    )
    there = random.random(len(ids)) < 0.8
    parts, at = [], created
    for status, share in steps:
        at = at + pd.to_timedelta(random.lognormal(9, 1.5, len(ids)).round(), unit="s")
        chosen = there & (random.random(len(ids)) < share)
        parts.append(pd.DataFrame({"ticket_id": ids[chosen], "at": at[chosen], "status": status}))
    return pd.concat(parts).sort_values(["ticket_id", "at"], ignore_index=True)


def added(histogram):
    """The cells of a histogram, sorted, each once."""
    histogram = histogram.read()
    table = pd.DataFrame(
        {name: np.asarray(getattr(histogram, name), dtype=float) for name in histogram.__slots__}
    )
    sums = {"n": "sum", "total": "sum", "low": "min", "high": "max"}
    return table.groupby(["group", "day", "bin", "ended"], as_index=False).agg(sums)


def assert_same(mine, plain):
    assert mine.groups == plain.groups
    for name in ("day", "group", "n"):
        np.testing.assert_array_equal(getattr(mine, name), getattr(plain, name), err_msg=name)
    for name in ("total", "squares"):
        np.testing.assert_allclose(getattr(mine, name), getattr(plain, name), rtol=1e-12, err_msg=name)
    for reason, counts in plain.counted.items():
        np.testing.assert_array_equal(mine.counted[reason], counts, err_msg=reason)
    assert (mine.histogram is None) == (plain.histogram is None)
    if plain.histogram is not None:
        pd.testing.assert_frame_equal(added(mine.histogram), added(plain.histogram), rtol=1e-12)
    if plain.leaving is not None:
        assert_same(mine.leaving, plain.leaving)


def values_of(data, table):
    known = catalogue(data.settings).values()
    metrics = [metric for metric in known if metric.table == table and why_not(data, metric) is None]
    assert len(metrics) > 3
    return [row_value(metric) for metric in metrics]


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return cx.load(stored_company(tmp_path_factory.mktemp("stored")), as_of="2024-04-15")


@pytest.mark.parametrize("table", ["tickets", "surveys"])
def test_arrays_and_statement_give_the_same_cells_in_every_cut(data, table, monkeypatch):
    values = values_of(data, table)
    plans = []
    made = cell_rows.array_plan
    monkeypatch.setattr(cell_rows, "array_plan", lambda *given: plans.append(made(*given)) or plans[-1])
    found = count_cuts(data, table, values, CUTS)
    assert sum(plan is not None for plan in plans) == 1, "one value keeps the others out of arrays"
    for cut in CUTS:
        plain = cells_by_statement(data, engine_of(data), table, values, cut)
        for mine, other in zip(found[cut], plain, strict=True):
            assert_same(mine, other)


def test_ranges_of_tickets_add_up_to_the_whole(data, monkeypatch):
    values = [value for value in values_of(data, "tickets") if not value.columns & row_ranges.ACROSS]
    whole = count_cuts(data, "tickets", values, CUTS)
    spans = []
    ranged = cell_rows.spans_of
    monkeypatch.setattr(row_ranges, "_RANGE", 30)
    monkeypatch.setattr(cell_rows, "spans_of", lambda *given: spans.extend(ranged(*given)) or spans)
    parts = count_cuts(data, "tickets", values, CUTS)
    assert len(spans) > 5
    assert spans[0]["low"] == 7
    for cut in CUTS:
        for mine, other in zip(parts[cut], whole[cut], strict=True):
            assert_same(mine, other)


def test_what_looks_at_other_tickets_is_read_at_once(data, monkeypatch):
    monkeypatch.setattr(row_ranges, "_RANGE", 30)
    known = catalogue(data.settings)
    value = row_value(known["unanswered_repeat_rate"])
    queries = cell_rows.row_relations(data, data.engine, "tickets", [value], ())[0]
    assert cell_rows.spans_of(data, data.engine, "tickets", [value], queries) == []


def test_a_cut_alone_has_the_cells_that_it_has_among_others(data):
    values = values_of(data, "tickets")
    together = count_cuts(data, "tickets", values, CUTS)
    for mine, other in zip(
        count_cells(data, "tickets", values, by=("reason",)), together["reason",], strict=True
    ):
        assert_same(mine, other)


@pytest.mark.parametrize("table", ["tickets", "surveys"])
@pytest.mark.parametrize(
    ("kind", "rows"),
    [
        pytest.param("plain", 200_000, marks=pytest.mark.slow),
        ("events", 200_000),
        pytest.param("shuffled", 200_000, marks=pytest.mark.slow),
        ("shuffled", 100),
    ],
)
def test_rows_worked_out_in_arrays_have_the_cells_of_the_statement(tmp_path, table, kind, rows, monkeypatch):
    monkeypatch.setattr(row_ranges, "_RANGE", rows)
    path = stored_company(tmp_path, events=kind == "events", shuffled=kind == "shuffled")
    data = cx.load(path, as_of="2024-04-15")
    values = [value for value in values_of(data, table) if not value.columns & row_ranges.ACROSS]
    plans = []
    made = cell_rows.array_plan
    monkeypatch.setattr(cell_rows, "array_plan", lambda *given: plans.append(made(*given)) or plans[-1])
    found = count_cuts(data, table, values, CUTS)
    assert [plan is not None for plan in plans] == [True]
    for cut in CUTS:
        plain = cells_by_statement(data, engine_of(data), table, values, cut)
        for mine, other in zip(found[cut], plain, strict=True):
            assert_same(mine, other)


def spread(x, ended, codes=(), *, sizes=(), cuts=((),), edge_us=None):
    x, ended = np.asarray(x, dtype=float), np.asarray(ended, dtype=bool)
    day = np.arange(len(x)) % 3 + 19_000
    return spreads_of(x, ended, day, codes, sizes=sizes, cuts=cuts, edge_us=edge_us)


def assert_same_spread(mine, other):
    for name in mine.__slots__:
        np.testing.assert_allclose(getattr(mine, name), getattr(other, name), rtol=1e-12, err_msg=name)


@pytest.mark.parametrize("edge_us", [None, 3.6e9])
def test_a_table_of_bins_and_sorting_give_the_same_cells(monkeypatch, edge_us):
    random = np.random.default_rng(1)
    x, ended = random.lognormal(20, 2, 500), random.random(500) < 0.8
    codes = [random.integers(0, 4, 500), random.integers(0, 9, 500)]
    asked = {"sizes": (4, 9), "cuts": ((), (0,), (1,), (1, 0)), "edge_us": edge_us}
    by_table = spread(x, ended, codes, **asked)
    monkeypatch.setattr("cxlib.metrics.spread._LARGEST", 0)
    for mine, other in zip(by_table, spread(x, ended, codes, **asked), strict=True):
        assert_same_spread(mine, other)


def test_negative_and_empty_durations_have_their_bin():
    (found,) = spread([-5.0, 1.0, 1.0, 0.0], [True] * 4)
    assert found.bin.tolist() == [-2, 0, 0]
    assert found.n.tolist() == [2, 1, 1]
    assert len(spread([], [])[0].n) == 0


def test_stored_cells_are_read_as_they_were_written(monkeypatch):
    monkeypatch.setattr("cxlib.metrics.spread_store._MEMORY", 100)  # from there on in a file
    store = SpreadStore()
    parts = [spread(np.arange(1, 9) * 10.0**k, [True, False] * 4)[0] for k in (3, 6, 9)]
    for part in parts:
        store.append("waits", part)
        store.append("others", parts[0])
    found = store.read("waits")
    for name in parts[0].__slots__:
        whole = np.concatenate([getattr(part, name) for part in parts])
        np.testing.assert_array_equal(found[name], whole)
    assert len(store.read("none")["n"]) == 0
