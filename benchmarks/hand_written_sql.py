"""Twenty metrics of the large company in SQL written by hand: what the compiled SQL is measured against.

    python benchmarks/hand_written_sql.py /tmp/bench/company.duckdb

Prints CPU seconds and the peak of memory. Written for the tables of large_company.py alone: New York, one
schedule on whole hours, the channels and reasons that exist, solves and reopens from columns of tickets.
"""

import argparse
import resource
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from itertools import chain, product
from pathlib import Path

import duckdb
import large_company
import numpy as np
import pandas as pd

RANGE = 800_000
"""Tickets looked at together: cells add up, so that memory is that of a range, not of the file."""

CUTS = {
    "all": ("all",),
    "channel": ("(none)", *large_company.CHANNELS),
    "reason": ("(none)", *large_company.REASONS),
}
FREQUENCIES = ("D", "W", "M")
BIN_STEPS = 1024
"""Room for the bins of a duration; those of what has ended follow those of what still runs."""

# Macros are expanded where they stand, so that they cost nothing.
MACROS = """
CREATE MACRO start_day() AS getvariable('start_day');
CREATE MACRO as_of() AS getvariable('as_of');
-- the instant itself, so that the filter is one that the scan of the file knows
CREATE MACRO as_of_instant() AS make_timestamptz(getvariable('as_of'));
-- a CASE over the four clock changes costs a tenth of timezone()
CREATE MACRO local_day(us) AS CAST((us - CASE
    WHEN us < epoch_us(TIMESTAMPTZ '2024-03-10 07:00:00+00') THEN 18000000000
    WHEN us < epoch_us(TIMESTAMPTZ '2024-11-03 06:00:00+00') THEN 14400000000
    WHEN us < epoch_us(TIMESTAMPTZ '2025-03-09 07:00:00+00') THEN 18000000000
    WHEN us < epoch_us(TIMESTAMPTZ '2025-11-02 06:00:00+00') THEN 14400000000
    ELSE 18000000000 END) // 86400000000 - start_day() AS SMALLINT);
-- a function of one text column runs once for each entry of its dictionary
CREATE MACRO channel_code(name) AS
    CAST(coalesce(list_position(getvariable('channels'), name), 0) AS UTINYINT);
CREATE MACRO is_urgent(code) AS list_contains(getvariable('urgent'), code);
CREATE MACRO reason_code(name) AS
    CAST(coalesce(list_position(getvariable('reasons'), name), 0) AS UTINYINT);
-- 0 up to 0, 1 below a second, then ratio 1.02 a bin; 1024 more where the duration has ended
CREATE MACRO bin_code(us, ended) AS CAST(
    CASE WHEN us >= 1000000 THEN 1 + floor(ln(us / 1e6) / ln(1.02e0)) WHEN us > 0 THEN 1 ELSE 0 END
    + CASE WHEN ended THEN 1024 ELSE 0 END AS SMALLINT);
-- the class of a word: 0 the customer's, 1 automatic, 2 a human's
CREATE MACRO class_code(role, is_auto) AS CAST(CASE role WHEN 'customer' THEN 0
    WHEN 'agent' THEN CASE WHEN is_auto THEN 1 ELSE 2 END ELSE 1 END AS BIGINT);
"""

# Open time up to each UTC hour. All edges of the schedule and all clock changes fall on whole hours, so that
# F(t) = before + is_open * (t - hour): an equality join on a small INTEGER, which is a perfect hash join.
HOURS = """
CREATE TABLE hours AS
SELECT hour, CAST(is_open AS BIGINT) AS is_open, hour * 3600000000 AS starts,
    CAST(3600000000 * (sum(CAST(is_open AS BIGINT)) OVER (ORDER BY hour) - CAST(is_open AS BIGINT))
        AS BIGINT) AS before
FROM (
    SELECT CAST(hour AS INTEGER) AS hour, isodow(wall) < 6 AND hour(wall) IN (9, 10, 11, 13, 14, 15, 16)
        AND NOT list_contains($holidays, CAST(CAST(wall AS DATE) AS VARCHAR)) AS is_open
    FROM (
        SELECT hour, timezone('America/New_York', make_timestamptz(CAST(hour * 3600000000 AS BIGINT))) AS wall
        FROM range(start_day() * 24, as_of() // 3600000000 + 48) AS t(hour)
    )
)
"""

# Tickets that speed and quality are measured on: of customers, not merged. The others are only counted.
TICKETS = """
t AS (
    SELECT ticket_id, epoch_us(created_at) AS created,
        CASE WHEN coalesce(status, 'solved') IN ('solved', 'closed') AND epoch_us(solved_at) <= as_of()
            THEN epoch_us(solved_at) END AS solved,
        coalesce(status, 'new') IN ('solved', 'closed') AND solved_at IS NULL AS solve_unknown,
        channel_code(channel) AS channel, reason_code(reason) AS reason,
        lower(priority) = 'urgent' AS label, coalesce(reopens, 0) > 0 AS reopened
    FROM company.tickets
    WHERE ticket_id BETWEEN $low AND $high AND created_at <= as_of_instant() AND merged_into IS NULL
        -- IS DISTINCT FROM goes down into the scan, coalesce does not
        AND status IS DISTINCT FROM 'spam' AND status IS DISTINCT FROM 'test'
        AND status IS DISTINCT FROM 'deleted'
        AND initiated_by IS DISTINCT FROM 'agent' AND initiated_by IS DISTINCT FROM 'bot'
)
"""

# The messages are read once, with five plain aggregates and no window. Minima and maxima of s + class * 2^52
# put the class before the time: the least of s + k * 2^52 is the customer's first word if there is one, and
# beyond 2^52, later than all instants, if there is none. An aggregate with FILTER or over a CASE often
# NULL costs a fifth more, an OR in WHERE ten times what the CASE of a class does.
ROUGH = """
WITH {tickets},
m AS (
    SELECT ticket_id, count(*) AS words, min(s + k * 4503599627370496) AS customer,
        min(s + (2 - k) * 4503599627370496) AS human,
        min(s + CASE k WHEN 0 THEN 4503599627370496 ELSE 0 END) AS desk,
        max(2 * s + CASE k WHEN 0 THEN 1 WHEN 1 THEN -18014398509481984 ELSE 0 END) AS last_word
    FROM (
        SELECT ticket_id, epoch_us(sent_at) AS s, class_code(author_role, is_auto) AS k
        FROM company.messages
        WHERE ticket_id BETWEEN $low AND $high AND public IS NOT FALSE AND sent_at <= as_of_instant()
    ) GROUP BY ticket_id
),
started AS (
    SELECT t.*, words, human, desk, last_word // 2 AS last, last_word & 1 = 1 AS last_is_customer,
        customer < 4503599627370496 AS has_customer, coalesce(solved + 604800000000, 0) AS horizon,
        CASE WHEN customer > created AND customer < 4503599627370496 AND customer <= human
            THEN customer ELSE created END AS start,
        CASE WHEN customer > created AND customer < 4503599627370496 AND customer <= desk
            THEN customer ELSE created END AS touch_start
    FROM t LEFT JOIN m USING (ticket_id)
),
touched AS (
    SELECT *,
        -- L the last word, H the first of a human: L = H is one touch; L of the customer breaks it; and if
        -- more time lies between than all gaps of one turn could take, somebody spoke or paused between
        CASE WHEN human <= horizon THEN CASE WHEN reopened THEN 0 WHEN last > horizon THEN NULL
            WHEN last = human THEN 1 WHEN last_is_customer THEN 0
            WHEN last - human > (words - 1) * 600000000 THEN 0 END END AS one_touch
    FROM started
),
judged AS (
    SELECT *, CASE WHEN human < 4503599627370496 THEN human END AS reply,
        CASE WHEN desk < 4503599627370496 THEN desk END AS touch,
        words IS NULL OR human < start OR desk < touch_start
            OR human <= horizon AND one_touch IS NULL AS doubt
    FROM touched
    WHERE coalesce(has_customer, TRUE) AND NOT (solve_unknown AND human >= 4503599627370496)
)
"""

# What one pass cannot decide (one ticket in fifty), exactly: words before the ticket, silence, turns of ten
# minutes. Only here is a window needed.
EXACT = """
WITH {tickets},
d AS (SELECT t.* FROM t WHERE ticket_id IN (SELECT ticket_id FROM facts WHERE doubt)),
w AS (
    SELECT ticket_id, public IS NOT FALSE AS is_public, epoch_us(sent_at) AS s,
        class_code(author_role, is_auto) AS k
    FROM company.messages
    WHERE ticket_id BETWEEN $low AND $high AND sent_at <= as_of_instant()
        AND ticket_id IN (SELECT ticket_id FROM facts WHERE doubt)
),
f AS (
    SELECT d.*, words, customer, human, desk, coalesce(solved + 604800000000, 0) AS horizon,
        CASE WHEN customer > created AND customer <= human THEN customer ELSE created END AS start,
        CASE WHEN customer > created AND customer <= desk THEN customer ELSE created END AS touch_start
    FROM d LEFT JOIN (
        SELECT ticket_id, count(*) AS words, min(CASE WHEN is_public AND k = 0 THEN s END) AS customer,
            coalesce(min(CASE WHEN is_public AND k = 2 THEN s END), 4503599627370496) AS human,
            coalesce(min(CASE WHEN is_public AND k > 0 THEN s END), 4503599627370496) AS desk
        FROM w GROUP BY ticket_id
    ) USING (ticket_id)
),
placed AS (
    SELECT *, lag(s) OVER (PARTITION BY ticket_id, k ORDER BY s) AS previous FROM w WHERE is_public
),
r AS (
    SELECT f.ticket_id, min(CASE WHEN k = 2 AND s >= start THEN s END) AS reply,
        min(CASE WHEN k > 0 AND s >= touch_start THEN s END) AS touch,
        count(CASE WHEN s <= horizon AND (k = 0 AND s > human OR k = 2 AND s > previous + 600000000)
            THEN 1 END) AS breaks
    FROM f JOIN placed USING (ticket_id) GROUP BY f.ticket_id
),
judged AS (
    SELECT f.*, reply, touch, FALSE AS doubt,
        CASE WHEN human <= horizon THEN CASE WHEN NOT reopened AND breaks = 0 THEN 1 ELSE 0 END END
            AS one_touch
    FROM f LEFT JOIN r USING (ticket_id)
    WHERE (words IS NULL OR customer IS NOT NULL)
        AND NOT (solve_unknown AND coalesce(human, 4503599627370496) = 4503599627370496)
)
"""

FACTS = """
, timed AS (
    SELECT *, reply IS NOT NULL AS is_answered, touch IS NOT NULL AS is_touched,
        greatest(coalesce(reply, solved, as_of()), start) AS stop,
        greatest(coalesce(touch, solved, as_of()), touch_start) - touch_start AS to_touch
    FROM judged
),
waited AS (
    -- resolved nobody knows when: no wait at all, not one that still runs
    SELECT timed.*, CASE WHEN is_answered OR NOT solve_unknown THEN stop - start END AS response,
        CASE WHEN NOT solve_unknown THEN greatest(coalesce(solved, as_of()) - created, 0) END AS whole,
        CASE WHEN is_answered THEN least(to_touch, stop - start)
            WHEN is_touched OR NOT solve_unknown THEN to_touch END AS touched,
        b.before + b.is_open * (stop - b.starts) - a.before - a.is_open * (start - a.starts) AS business
    FROM timed
    JOIN hours AS a ON a.hour = CAST(start // 3600000000 AS INTEGER)
    JOIN hours AS b ON b.hour = CAST(stop // 3600000000 AS INTEGER)
)
SELECT ticket_id, local_day(created) AS day, local_day(solved) AS solved_day, channel, reason, doubt,
    is_touched AND touched <= 900000000 AS acknowledged, label <> is_urgent(reason) AS mismatch,
    CAST(one_touch AS TINYINT) AS one_touch, human <= horizon AS is_answered_in_time,
    desk <= horizon AS is_touched_in_time, reopened,
    response, bin_code(response, is_answered) AS response_bin,
    touched, bin_code(touched, is_touched) AS touched_bin,
    whole, bin_code(whole, solved IS NOT NULL) AS whole_bin,
    business, bin_code(business, is_answered) AS business_bin,
    response IS NOT DISTINCT FROM touched AND is_answered = is_touched AS is_same
FROM waited
"""

VOLUME = """
SELECT local_day(epoch_us(created_at)) AS day, channel_code(channel) AS channel,
    reason_code(reason) AS reason, count(*) AS counted,
    count_if(CASE initiated_by WHEN 'agent' THEN FALSE WHEN 'bot' THEN FALSE ELSE TRUE END) AS inbound
FROM company.tickets
WHERE created_at <= as_of_instant() AND status IS DISTINCT FROM 'spam'
    AND status IS DISTINCT FROM 'test' AND status IS DISTINCT FROM 'deleted'
GROUP BY ALL
"""
CREATED = """
SELECT day, channel, reason, count(*) AS eligible, count_if(acknowledged) AS acknowledged,
    count_if(is_urgent(reason)) AS urgent, count(mismatch) AS judged, count_if(mismatch) AS mismatch
FROM facts WHERE NOT doubt GROUP BY ALL
"""
SOLVED = """
SELECT solved_day AS day, channel, reason, count(*) AS solved, count(one_touch) AS answered_in_time,
    count_if(one_touch = 1) AS one_touch, count_if(is_answered_in_time IS NOT TRUE) AS zero_touch,
    count_if(is_answered_in_time IS NOT TRUE AND is_touched_in_time) AS bot_resolved,
    count_if(reopened) AS reopened
FROM facts WHERE solved_day IS NOT NULL AND NOT doubt GROUP BY ALL
"""

# One packed INTEGER key, and the cells of all from those of channels: a tenth of the rows.
CELLS = """
WITH c AS MATERIALIZED (
    SELECT key, count(*) AS n, sum(CAST(x AS DOUBLE)) AS total, min(x) AS low, max(x) AS high
    FROM (
        SELECT (CAST(day AS INTEGER) * 16 + {segment}) * 2048 + {value}_bin AS key, {value} AS x
        FROM facts WHERE NOT doubt AND {condition}
    ) GROUP BY key
)
SELECT key, CAST(n AS INTEGER) AS n, total, low, high FROM c
"""
CELLS_OF_ALL = """
UNION ALL
SELECT key, CAST(sum(n) AS INTEGER), sum(total), min(low), max(high)
FROM (SELECT key - (key // 2048) % 16 * 2048 + 15 * 2048 AS key, n, total, low, high FROM c) GROUP BY key
"""
# Nearly every ticket without an automatic word has the same touch as response: those are binned once.
PARTS = {
    "same": ("response", "is_same AND response IS NOT NULL"),
    "response": ("response", "NOT is_same AND response IS NOT NULL"),
    "touched": ("touched", "NOT is_same AND touched IS NOT NULL"),
    "whole": ("whole", "whole IS NOT NULL"),
    "business": ("business", "response IS NOT NULL"),
}
DURATIONS = {
    "first_response_time": ("same", "response"),
    "first_touch_time": ("same", "touched"),
    "full_resolution_time": ("whole",),
    "first_response_time.business": ("business",),
}

# Surveys by the day of sending. Sent after a solve: the few csat are hashed, the tickets only pass by.
SENT = """
SELECT local_day(epoch_us(sent_at)) AS day, channel_code(channel) AS channel, reason_code(reason) AS reason,
    count(*) AS sent, count_if(responded_at <= as_of_instant()
        AND epoch_us(responded_at) - epoch_us(sent_at) <= 1209600000000) AS answered
FROM company.surveys WHERE sent_at <= as_of_instant() GROUP BY ALL
"""
COVERED = """
SELECT local_day(sent) AS day, channel_code(s.channel) AS channel, reason_code(s.reason) AS reason,
    count(*) AS after_solve, count_if(responded <= as_of() AND responded - sent <= 1209600000000) AS covered
FROM (
    SELECT ticket_id, channel, reason, epoch_us(sent_at) AS sent,
        CASE WHEN score IS NOT NULL THEN epoch_us(responded_at) END AS responded
    FROM company.surveys WHERE kind = 'csat' AND sent_at <= as_of_instant()
) AS s
JOIN company.tickets AS t USING (ticket_id)
WHERE coalesce(t.status, 'solved') IN ('solved', 'closed') AND epoch_us(t.solved_at) <= s.sent
GROUP BY ALL
"""
RATED = """
SELECT local_day(epoch_us(responded_at)) AS day, channel_code(channel) AS channel,
    reason_code(reason) AS reason, count(*) AS rated, count_if(score >= 4) AS satisfied
FROM company.surveys
WHERE kind = 'csat' AND score IS NOT NULL AND responded_at <= as_of_instant()
    AND sent_at <= as_of_instant()
GROUP BY ALL
"""
# The latest answer of a customer in a month: where there is one answer, its packed cell is the maximum; only
# the others (one group in ten) are put in order by a window.
ANSWERS = """
CREATE OR REPLACE TEMP TABLE answers AS
SELECT survey_id, responded, ((CAST(day AS BIGINT) * 8 + channel) * 16 + reason) * 16 + score AS cell,
    customer_id * 1024 + year(date) % 64 * 16 + month(date) AS who
FROM (
    SELECT *, local_day(responded) AS day, DATE '1970-01-01' + (local_day(responded) + start_day()) AS date
    FROM (
        SELECT survey_id, customer_id, epoch_us(responded_at) AS responded, CAST(score AS BIGINT) AS score,
            channel_code(channel) AS channel, reason_code(reason) AS reason
        FROM company.surveys
        WHERE kind = 'nps' AND score BETWEEN 0 AND 10 AND responded_at <= as_of_instant()
            AND sent_at <= as_of_instant()
    )
)
"""
NPS = """
WITH g AS MATERIALIZED (
    SELECT who, count(*) AS n, max(cell) AS cell FROM answers WHERE who IS NOT NULL GROUP BY who
),
kept AS (
    SELECT cell FROM g WHERE n = 1
    UNION ALL SELECT cell FROM answers WHERE who IS NULL
    UNION ALL SELECT cell FROM (
        SELECT cell, row_number() OVER (PARTITION BY who ORDER BY responded DESC, survey_id DESC) AS place
        FROM answers WHERE who IN (SELECT who FROM g WHERE n > 1)
    ) WHERE place = 1
)
SELECT CAST(cell // 2048 AS SMALLINT) AS day, CAST(cell // 256 % 8 AS UTINYINT) AS channel,
    CAST(cell // 16 % 16 AS UTINYINT) AS reason, count(*) AS scored,
    100 * (count_if(cell % 16 >= 9) - count_if(cell % 16 < 7)) AS net, count_if(cell % 16 <= 7) AS flagged
FROM kept GROUP BY ALL
"""
ACTIVITY = """
SELECT CAST(date - DATE '1970-01-01' - start_day() AS SMALLINT) AS day, sum(count) AS exposure
FROM company.activity WHERE date - DATE '1970-01-01' <= local_day(as_of() - 1) + start_day() GROUP BY ALL
"""

# metric -> n and total among the counted columns
ADDITIVE = {
    "nps": ("scored", "net"),
    "csat": ("rated", "satisfied"),
    "survey_sends": ("sent", "sent"),
    "survey_response_rate": ("sent", "answered"),
    "yellow_flag_rate": ("scored", "flagged"),
    "csat_coverage": ("after_solve", "covered"),
    "ticket_volume": ("counted", "counted"),
    "ticket_volume.agent_initiated": ("others", "others"),
    "one_touch_rate": ("answered_in_time", "one_touch"),
    "zero_touch_rate": ("solved", "zero_touch"),
    "bot_resolution_share": ("solved", "bot_resolved"),
    "reopen_rate": ("solved", "reopened"),
    "acknowledged_share": ("eligible", "acknowledged"),
    "urgent_share": ("eligible", "urgent"),
    "urgent_mismatch_share": ("judged", "mismatch"),
}


class Cube:
    """Counts by local day, channel and reason: every cut and every period is a sum of them."""

    def __init__(self, start, days):
        self.dates = np.datetime64(start, "D") + np.arange(days)
        self.counts = {}

    def add(self, columns):
        """Add the rows of a query: day, channel, reason and counts."""
        place = tuple(np.asarray(columns.pop(name)) for name in ("day", "channel", "reason"))
        for name, values in columns.items():
            total = self.counts.setdefault(
                name, np.zeros((len(self.dates), len(CUTS["channel"]), len(CUTS["reason"])))
            )
            np.add.at(total, place, np.asarray(values, dtype=float))

    def periods(self, freq):
        """The first date of each period, and the index of its first day."""
        if freq == "W":
            starts = self.dates - (self.dates.astype(int) + 3) % 7
        else:
            starts = self.dates.astype(f"datetime64[{freq}]").astype("datetime64[D]")
        return np.unique(starts, return_index=True)

    def frame(self, **counts):
        """Sums of some counts in periods by cut; rows without any are left out."""
        parts = []
        for freq in FREQUENCIES:
            starts, first = self.periods(freq)
            sums = {name: np.add.reduceat(values, first, axis=0) for name, values in counts.items()}
            for cut, segments in CUTS.items():
                axes = {"all": (1, 2), "channel": (2,), "reason": (1,)}[cut]
                flat = {name: values.sum(axis=axes).reshape(len(starts), -1) for name, values in sums.items()}
                period, segment = np.nonzero(sum(np.abs(values) for values in flat.values()))
                parts.append(
                    pd.DataFrame(
                        {
                            "freq": freq,
                            "cut": cut,
                            "segment": np.array(segments, dtype=object)[segment],
                            "period_start": starts[period],
                        }
                        | {name: values[period, segment] for name, values in flat.items()}
                    )
                )
        return pd.concat(parts, ignore_index=True)


def measure_by_hand(path, as_of_us=None):
    """The twenty metrics by day, week and month, for all, by channel and by reason.

    Additive metrics have n and total, the rate numerator and exposure. Durations have cells by local day:
    n, total, low and high (seconds) of each bin of those that ended and of those still running; repeats of a
    cell add up, as they do in `cxlib.stats.histogram`. Periods and segments without rows are left out.
    """
    as_of = int(large_company.AS_OF.timestamp()) * 1_000_000 if as_of_us is None else as_of_us
    start = large_company.FIRST_DAY - timedelta(days=28)  # a survey may be older than the first ticket
    connections = connect(path, as_of, (start - date(1970, 1, 1)).days)
    first, last = (
        connections[0].execute("SELECT min(ticket_id), max(ticket_id) FROM company.tickets").fetchone()
    )
    jobs = [None, *range(first, last + 1, RANGE)]  # surveys first, they take longest

    def work(place):
        mine, connection = jobs[place :: len(connections)], connections[place]
        return [surveys(connection) if low is None else tickets(connection, low) for low in mine]

    cube = Cube(start, (date.fromtimestamp(as_of // 1_000_000) - start).days + 1)  # noqa: DTZ012 - room enough
    cells = {(part, cut): [] for part in PARTS for cut in ("channel", "reason")}
    with ThreadPoolExecutor(len(connections)) as threads:
        for counted, found in chain.from_iterable(threads.map(work, range(len(connections)))):
            for columns in counted:
                cube.add(columns)
            for name, columns in found.items():
                cells[name].append(columns)
    frames = additive(cube, connections[0].execute(ACTIVITY).fetchnumpy())
    connections[0].close()
    for metric, parts in DURATIONS.items():  # cells are let go once they are in their last frame
        used = [
            (cut, cells[part, cut] if part == "same" else cells.pop((part, cut)))
            for cut, part in product(("channel", "reason"), parts)
        ]
        frames[metric] = duration([(cut, columns) for cut, found in used for columns in found], cube.dates)
    return frames


def connect(path, as_of, start_day):
    """Two connections to one database that the file is attached to.

    With two threads a GROUP BY of many groups builds two tables and puts them together: 40 % more CPU. So
    each of our two threads has a connection, and runs its queries alone.
    """
    first = duckdb.connect()
    first.execute("SET threads = 1; SET TimeZone = 'UTC'")
    first.execute(f"ATTACH '{str(path).replace(chr(39), chr(39) * 2)}' AS company (READ_ONLY)")
    connections = [first, first.cursor()]
    variables = {
        "as_of": as_of,
        "start_day": start_day,
        "channels": list(large_company.CHANNELS),
        "reasons": list(large_company.REASONS),
        "urgent": [1 + large_company.REASONS.index(reason) for reason in large_company.URGENT_REASONS],
    }
    for connection in connections:
        for name, value in variables.items():
            connection.execute(f"SET VARIABLE {name} = $value", {"value": value})
    first.execute(MACROS)
    first.execute(HOURS, {"holidays": list(large_company.HOLIDAYS)})
    return connections


def surveys(connection):
    """The counts of surveys and of all tickets; there are no durations here."""
    queries = (VOLUME, SENT, COVERED, RATED, NPS)
    connection.execute(ANSWERS)
    return [connection.execute(query).fetchnumpy() for query in queries], {}


def tickets(connection, low):
    """The counts of a range of tickets, and the cells of their durations."""
    bounds = {"low": low, "high": low + RANGE - 1}
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE facts AS " + ROUGH.replace("{tickets}", TICKETS) + FACTS, bounds
    )
    connection.execute("INSERT INTO facts " + EXACT.replace("{tickets}", TICKETS) + FACTS, bounds)
    counted = [connection.execute(query).fetchnumpy() for query in (CREATED, SOLVED)]
    found = {}
    for part, (value, condition) in PARTS.items():
        for cut in ("channel", "reason"):
            query = CELLS.format(segment=cut, value=value, condition=condition)
            query += CELLS_OF_ALL if cut == "channel" else ""
            found[part, cut] = connection.execute(query).fetchnumpy()
    return counted, found


def additive(cube, exposure):
    """The frames of the additive metrics and of the rate."""
    counts = cube.counts
    counts["others"] = counts["counted"] - counts["inbound"]
    frames = {metric: cube.frame(n=counts[n], total=counts[total]) for metric, (n, total) in ADDITIVE.items()}
    by_day = np.zeros(len(cube.dates))
    by_day[np.asarray(exposure["day"])] = np.asarray(exposure["exposure"])
    known = (np.flatnonzero(by_day)[-1] + 1) if by_day.any() else 0  # both sides end with the earlier table
    inbound = counts["inbound"].copy()
    inbound[known:] = 0
    rate = cube.frame(numerator=inbound)
    whole = []
    for freq in FREQUENCIES:
        starts, places = cube.periods(freq)
        sums = np.add.reduceat(by_day, places)
        whole.append(pd.DataFrame({"freq": freq, "period_start": starts, "exposure": sums}))
    frames["contact_rate"] = rate.merge(pd.concat(whole), on=["freq", "period_start"], how="left")
    return frames


def duration(chunks, dates):
    """The cells of a duration by day: all, by channel, by reason."""
    names = list(dict.fromkeys(name for segments in CUTS.values() for name in segments))
    codes = {}
    for cut in ("channel", "reason"):  # by the number of the segment in a key, 15 being all
        segment, kind = np.zeros(16, dtype=np.int8), np.full(16, list(CUTS).index(cut), dtype=np.int8)
        segment[: len(CUTS[cut])] = [names.index(name) for name in CUTS[cut]]
        segment[15], kind[15] = names.index("all"), 0
        codes[cut] = segment, kind

    def joined(made):
        return np.concatenate([made(cut, columns) for cut, columns in chunks])

    def seconds(name):
        values = joined(lambda _, columns: columns[name].astype(float))
        values /= 1e6
        return values

    bins = joined(lambda _, columns: (columns["key"] & 2047).astype(np.int16))
    segments = joined(lambda cut, columns: codes[cut][0][columns["key"] >> 11 & 15])
    cuts = joined(lambda cut, columns: codes[cut][1][columns["key"] >> 11 & 15])
    days = joined(lambda _, columns: (columns["key"] >> 15).astype(np.int16))
    return pd.DataFrame(
        {
            "freq": pd.Categorical.from_codes(np.zeros(len(bins), dtype=np.int8), list(FREQUENCIES)),
            "cut": pd.Categorical.from_codes(cuts, list(CUTS)),
            "segment": pd.Categorical.from_codes(segments, names),
            "period_start": pd.Categorical.from_codes(days, dates.astype("datetime64[s]")),
            "bin": (bins & (BIN_STEPS - 1)) - 1,
            "ended": bins >= BIN_STEPS,
            "n": joined(lambda _, columns: columns["n"]),
            "total": seconds("total"),
            "low": seconds("low"),
            "high": seconds("high"),
        },
        copy=False,
    )


def main():
    arguments = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    arguments.add_argument("path", type=Path)
    asked = arguments.parse_args()
    frames = measure_by_hand(asked.path)
    used = resource.getrusage(resource.RUSAGE_SELF)
    for name, frame in frames.items():
        print(f"{name:<32}{len(frame):>12,} rows")
    print(f"{used.ru_utime + used.ru_stime:.2f} CPU s, peak {used.ru_maxrss / 1024:,.0f} MB")


if __name__ == "__main__":
    main()
