"""One definition, every engine: the metrics give the same numbers wherever the tables lie."""

import numpy as np
import pandas as pd
import pytest

import cxlib as cx
from cxlib.metrics.catalogue import catalogue
from cxlib.metrics.cuts import measure_cuts
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
    return joined


def answers(data, *, freqs, cuts=None, kinds_only=False):
    """Every metric that the data allow, alone and by up to two segments of its table.

    `cuts` names the tables whose metrics are cut; none: all of them. `kinds_only` leaves one metric of each
    table and kind. The grains of a cut are sums of the same cells.
    """
    allowed = list(cx.list_metrics(data).table.query("available")["metric"])
    defined = catalogue(data.settings)
    if kinds_only:
        allowed = list({(defined[name].table, defined[name].kind): name for name in allowed}.values())
    found = {}
    for table in sorted({defined[name].table for name in allowed}):
        names = [name for name in allowed if defined[name].table == table]
        known = data.segments(table)
        by = tuple([name for name in ("plan", "channel", "kind", "store") if name in known][:2])
        asked = [(), by] if by and (cuts is None or table in cuts) else [()]
        for frame in measure_cuts(data, names, freqs=freqs, cuts=asked):
            found[table, frame.freq, frame.by] = frame.table
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


def check(store, company, zone, *, freqs, cuts=None, kinds_only=False):
    memory, expected = company.memory(zone, freqs=freqs, cuts=cuts, kinds_only=kinds_only)
    store.put(dict(memory.everything))
    there = cx.load(store.where, as_of=AS_OF, config=company.config(zone))
    asked = cx.list_metrics(memory).table
    pd.testing.assert_frame_equal(cx.list_metrics(there).table, asked)
    assert asked["available"].sum() > 50
    apart = largest_difference(expected, answers(there, freqs=freqs, cuts=cuts, kinds_only=kinds_only))
    rows = sum(len(frame) for frame in expected.values())
    tickets = memory.tables["tickets"].num_rows
    return (
        f"{store.name}, {zone}: {tickets:,} tickets, {rows:,} rows of results, largest difference {apart:.1e}"
    )


def test_every_metric_is_the_same_in_every_place(store, few, told):
    if store.name == "spark":  # which plans a statement for longer than it runs it
        told(check(store, few, "America/St_Johns", freqs=GRAINS, cuts=("tickets",), kinds_only=True))
    else:
        told(check(store, few, "America/St_Johns", freqs=GRAINS, cuts=("surveys", "tickets", "turns")))


@pytest.mark.slow
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Kathmandu", "America/St_Johns"])
def test_a_hundred_thousand_tickets_are_the_same_in_every_place(store, lots, told, zone):
    told(check(store, lots, zone, freqs=GRAINS))
