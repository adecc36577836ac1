"""Expressions worked out in arrays are those that DuckDB works out: same trees, same rows, NULLs included."""

from itertools import product

import numpy as np
import pyarrow as pa
import pytest
import sqlglot
from sqlglot import exp

from cxlib.data.columnar.graph import Graph, Unsupported
from cxlib.data.columnar.plan import Plan
from cxlib.data.columnar.relations import Relations
from cxlib.data.columnar.run import run
from cxlib.data.columnar.stream import Unordered
from cxlib.data.columnar.translate import translate
from cxlib.data.engine import DuckEngine

KINDS = {
    "key": "int",
    "a": "int",
    "b": "int",
    "x": "float",
    "p": "bool",
    "q": "bool",
    "t": "text",
    "u": "text",
    "at": "int",
    "nothing": "int",
}
NULLS = list(
    product(
        [None, 5, -7, 0],
        [None, 5, 100],
        [None, 2.5],
        [None, True, False],
        [None, True, False],
        [None, "", "a", "B"],
    )
)
ROWS = pa.table(
    {
        "key": pa.array(range(len(NULLS)), pa.int64()),
        "a": pa.array([row[0] for row in NULLS], pa.int64()),
        "b": pa.array([row[1] for row in NULLS], pa.int64()),
        "x": pa.array([row[2] for row in NULLS], pa.float64()),
        "p": pa.array([row[3] for row in NULLS], pa.bool_()),
        "q": pa.array([row[4] for row in NULLS], pa.bool_()),
        "t": pa.array([row[5] for row in NULLS], pa.string()),
        "u": pa.array([("b", None, "zebra")[i % 3] for i in range(len(NULLS))], pa.string()),
        "at": pa.array([i % 40 for i in range(len(NULLS))], pa.int64()),
    }
)
STORED = "SELECT key, a, b, x, p, q, t, u, at, CAST(NULL AS BIGINT) AS nothing FROM stored"
# fewer edges than are compared one by one, and more
ZONE = "CASE WHEN {} < 3 THEN 7 WHEN {} < 11 THEN -2 ELSE 40 END"
LONG_ZONE = "CASE " + " ".join(f"WHEN {{}} < {3 * i} THEN {i * i}" for i in range(1, 12)) + " ELSE -5 END"

EXPRESSIONS = [
    *("a", "nothing", "a + b", "a - 3", "a * b", "-a", "x * 2.5", "a + x", "a // 4 + 0 * b"),
    *(
        "a < b",
        "a <= 5",
        "a = b",
        "a <> b",
        "x > 1",
        "a > x",
        "a BETWEEN 0 AND 5",
        "a IS NULL",
        "NOT a IS NULL",
    ),
    *("p AND q", "p OR q", "NOT p", "NOT (p AND NOT q)", "p = q", "p <> q", "p IS NOT DISTINCT FROM q"),
    *("a IS NOT DISTINCT FROM b", "a IN (5, 0)", "NOT a IN (5, 100)", "p IS TRUE", "nothing IS NULL"),
    *("t = 'a'", "t <> 'a'", "t IN ('a', 'c')", "NOT t IN ('a', 'B')", "t IS NULL", "NULLIF(t, '') IS NULL"),
    *("LOWER(t) = 'b'", "LOWER(t) <> 'b'", "COALESCE(t, 'a') = 'a'", "COALESCE(u, 'q') IN ('q', 'b')"),
    *("CASE WHEN p THEN a END", "CASE WHEN p THEN a ELSE b END", "CASE WHEN p THEN 1 WHEN q THEN 0 END"),
    *(
        "CASE WHEN p THEN 300 WHEN q THEN -300 ELSE 0 END",
        "CASE WHEN p THEN q END",
        "CASE WHEN p THEN q ELSE p END",
    ),
    *("CASE WHEN p THEN x ELSE 1 END", "CASE WHEN a > 1 THEN b WHEN q THEN a ELSE NULL END"),
    "CASE WHEN p THEN 1 ELSE 0 END + CASE WHEN q THEN 100 ELSE 0 END",
    "CASE WHEN p THEN 100 ELSE 0 END * CASE WHEN q THEN 100 ELSE 0 END",
    "CASE WHEN p THEN t WHEN q THEN 'z' END = 'z'",
    "CASE t WHEN 'a' THEN 1 WHEN '' THEN 2 ELSE 3 END",
    "CASE a WHEN 5 THEN b ELSE 9 END",
    *(
        "COALESCE(a, b)",
        "COALESCE(a, b, 3)",
        "COALESCE(p, FALSE)",
        "COALESCE(p, q)",
        "COALESCE(a < b, FALSE)",
    ),
    *(
        "GREATEST(a, b)",
        "LEAST(a, b)",
        "GREATEST(a, 0)",
        "LEAST(a, b, 1)",
        "LEAST(x, 1)",
        "GREATEST(nothing, a)",
    ),
    *(
        "CAST(a AS DOUBLE)",
        "CAST(p AS BIGINT)",
        "CAST(t AS TEXT) = 'a'",
        "CAST(a AS DOUBLE) * CAST('0.5' AS DOUBLE)",
    ),
    *(
        ZONE.format("a", "a"),
        ZONE.format("at", "at"),
        LONG_ZONE.replace("{}", "at"),
        LONG_ZONE.replace("{}", "a"),
    ),
]


def relations(queries, tables=(), *, kinds=None, apart=(), ask=None):
    """Named queries over stored tables of rows (and of notes, whose key is that of the row)."""
    parsed = {name: sqlglot.parse_one(text, dialect="duckdb") for name, text in queries.items()}
    given = dict.fromkeys(("rows",), KINDS.__getitem__) | (kinds or {})
    return Relations(Graph(), parsed, dict(tables), given, dict(apart), "key", ask or _refuse)


def _refuse(name):
    raise Unsupported(name)


def worked_out(found, query, *, tables, sort=False, spans=({"low": -1, "high": 1 << 40},)):
    """The columns of a query as lists, None where unknown, by key."""
    query = sqlglot.parse_one(query, dialect="duckdb")
    scope = found.scope(query)
    wanted = {part.alias: translate(found.graph, part.this, scope) for part in query.selects}
    key = found.bases["rows"].column("key")
    plan = Plan(
        found.graph,
        found.bases["rows"],
        list(found.bases.values()),
        {"key": key, **wanted},
        frozenset(),
        "key",
        list(found.asked.values()),
        found.left,
        {},
        [],
        {},
    )
    columns = {name: [] for name in plan.wanted}
    left = []
    for rows, keys in run(plan, DuckEngine(), tables, spans, sort=sort):
        left += keys.tolist()
        for name, node in plan.wanted.items():
            values = rows.is_true(name) if node.kind == "bool" else rows.numbers(name)
            known = rows.is_known(name)
            columns[name] += [
                value if there else None for value, there in zip(values.tolist(), known, strict=True)
            ]
    return columns, left


@pytest.mark.parametrize("text", EXPRESSIONS)
def test_an_expression_is_what_duckdb_says(text):
    query = f"SELECT {text} AS found FROM rows"  # noqa: S608 - constants of this file
    found, _ = worked_out(relations({"rows": STORED}), query, tables={"stored": ROWS})
    whole = sqlglot.parse_one(f"WITH rows AS ({STORED}) {query} ORDER BY key", dialect="duckdb")
    plain = DuckEngine().run(whole, {"stored": ROWS}).column("found").to_pylist()
    assert found["key"] == list(range(len(NULLS)))
    assert [None if one is None else float(one) for one in found["found"]] == [
        None if one is None else float(one) for one in plain
    ]


@pytest.mark.parametrize(
    "text",
    [
        "t < 'b'",
        "t = u",
        "a / b",
        "SUM(a) OVER ()",
        "x // 2",
        "t LIKE 'a%'",
        "a IN (SELECT 1)",
        "p + 1",
        "other",
    ],
)
def test_what_is_not_worked_out_is_refused_before_anything_is_read(text):
    found = relations({"rows": STORED})
    query = sqlglot.parse_one(f"SELECT {text} AS found FROM rows", dialect="duckdb")  # noqa: S608 - constants
    scope = found.scope(query)
    with pytest.raises(Unsupported):
        translate(found.graph, query.selects[0].this, scope)


NOTES = pa.table(
    {
        "key": pa.array([0, 0, 2, 2, 2, 5, 5000], pa.int64()),
        "at": pa.array([9, 4, None, 7, 3, None, 1], pa.int64()),
        "mine": pa.array([True, False, True, None, True, True, True]),
    }
)
BESIDE = {
    "rows": STORED,
    "notes": "SELECT key, at, mine FROM notes_stored",
    "grouped": """SELECT key, MIN(own_at) AS first_at, MAX(at) AS last_at, COUNT(own_at) AS notes FROM (
        SELECT key, at, CASE WHEN mine THEN at END AS own_at FROM notes) AS told GROUP BY key""",
    "joined": """SELECT t.*, NOT g.key IS NULL AS has_notes, g.first_at AS first_at, g.last_at AS last_at,
        COALESCE(g.notes, 0) AS notes FROM rows AS t LEFT JOIN grouped AS g ON g.key = t.key""",
}
KINDS_OF_NOTES = {"notes": {"key": "int", "at": "int", "mine": "bool"}.__getitem__}
ASKED = "SELECT has_notes AS has_notes, first_at AS first_at, last_at AS last_at, notes AS notes FROM joined"


@pytest.mark.parametrize("rows", [3, 100_000])
def test_rows_beside_belong_to_their_key(monkeypatch, rows):
    monkeypatch.setattr("cxlib.data.columnar.run._ROWS", rows)
    found, _ = worked_out(
        relations(BESIDE, kinds=KINDS_OF_NOTES), ASKED, tables={"stored": ROWS, "notes_stored": NOTES}
    )
    with_notes = {key: i for i, key in enumerate(found["key"]) if found["has_notes"][i]}
    assert list(with_notes) == [0, 2, 5]
    told = {
        key: [found[name][i] for name in ("first_at", "last_at", "notes")] for key, i in with_notes.items()
    }
    assert told == {0: [9, 9, 1], 2: [3, 7, 1], 5: [None, None, 0]}
    assert found["notes"][1] == 0
    assert found["first_at"][1] is None


def test_rows_out_of_order_are_noticed_and_can_be_sorted():
    shuffled = NOTES.take(pa.array([6, 2, 0, 5, 3, 1, 4]))
    tables = {"stored": ROWS, "notes_stored": shuffled}
    with pytest.raises(Unordered, match="notes"):
        worked_out(relations(BESIDE, kinds=KINDS_OF_NOTES), ASKED, tables=tables)
    spans = [{"low": 0, "high": 2}, {"low": 2, "high": 1_000}]
    mine, _ = worked_out(
        relations(BESIDE, kinds=KINDS_OF_NOTES), ASKED, tables=tables, sort=True, spans=spans
    )
    plain, _ = worked_out(
        relations(BESIDE, kinds=KINDS_OF_NOTES), ASKED, tables={"stored": ROWS, "notes_stored": NOTES}
    )
    assert mine == plain


def test_what_only_an_engine_can_tell_is_asked_and_laid_beside():
    ranked = pa.table({"key": pa.array([3, 1], pa.int64()), "best": pa.array([True, None])})
    queries = {
        "rows": STORED,
        "ranked": "SELECT key, ROW_NUMBER() OVER (ORDER BY a) = 1 AS best FROM rows",
        "joined": "SELECT t.*, r.best AS best FROM rows AS t LEFT JOIN ranked AS r ON r.key = t.key",
    }
    asked = []
    found = relations(queries, ask=lambda name: asked.append(name) or ranked)
    columns, _ = worked_out(
        found, "SELECT COALESCE(best, FALSE) AS best FROM joined", tables={"stored": ROWS}
    )
    assert asked == ["ranked"]
    assert np.flatnonzero(columns["best"]).tolist() == [3]


def test_rows_in_doubt_are_left_and_named():
    queries = {
        "rows": STORED,
        "doubtful": "SELECT key FROM rows WHERE (a > 1) AND key < 80",
        "looked": "SELECT t.*, s.found AS found FROM rows AS t LEFT JOIN second AS s ON s.key = t.key",
    }
    found = relations(queries, apart={"second": "doubtful"})
    columns, left = worked_out(found, "SELECT found AS found FROM looked", tables={"stored": ROWS})
    assert left == [i for i, row in enumerate(NULLS) if i < 80 and row[0] is not None and row[0] > 1]
    assert set(columns["found"]) == {None}


def test_days_are_found_in_their_table():
    days = pa.table(
        {"day": pa.array([10, 11, 12], pa.int64()), "cum": pa.array([100, None, 300], pa.int64())}
    )
    queries = {
        "rows": STORED,
        "dated": "SELECT t.*, d.cum AS cum FROM rows AS t LEFT JOIN days AS d ON d.day = t.at - 4",
    }
    columns, _ = worked_out(
        relations(queries, {"days": days}), "SELECT cum AS cum, at AS at FROM dated", tables={"stored": ROWS}
    )
    told = {at: cum for at, cum in zip(columns["at"], columns["cum"], strict=True) if cum is not None}
    assert told == {14: 100, 16: 300}


def test_the_same_expression_is_one_node():
    found = relations({"rows": STORED})
    query = sqlglot.parse_one("SELECT a + b AS one, b + 1 AS two, (a + b) AS three FROM rows")
    scope = found.scope(query)
    one, two, three = (translate(found.graph, part.this, scope) for part in query.selects)
    assert one is three
    assert one is not two
    assert isinstance(query, exp.Select)
