"""What PostgreSQL copies out is what was asked: text to the letter, numbers to the bit."""

import math

import pytest
import sqlglot

import cxlib as cx
from cxlib.data.postgres import fetched
from cxlib.data.postgres_rows import copied
from tests.engines.stores import PostgresStore

EXAMPLES = [
    ("text", "'a, \"b\"' || chr(10) || 'c'", 'a, "b"\nc'),
    ("text", "'Ähre ☃'", "Ähre ☃"),
    ("text", "''", ""),
    ("text", "'\\.'", "\\."),
    ("text", "' NaN '", " NaN "),
    ("text", "NULL", None),
    ("boolean", "TRUE", True),
    ("boolean", "FALSE", False),
    ("bigint", "9223372036854775807", 2**63 - 1),
    ("integer", "NULL", None),
    ("double precision", "0.1::double precision + 0.2::double precision", 0.1 + 0.2),
    ("double precision", "5e-324", 5e-324),
    ("double precision", "'-Infinity'", -math.inf),
    ("numeric", "12345678901234567890.123", 12345678901234567890.123),
]


@pytest.fixture(scope="module")
def connection(postgres):
    import psycopg

    with psycopg.connect(postgres.replace("+psycopg", "")) as connection:
        yield connection


@pytest.mark.parametrize(("type_", "spelled", "value"), EXAMPLES)
def test_a_value_comes_as_it_is(connection, type_, spelled, value):
    assert copied(connection, f"SELECT CAST({spelled} AS {type_}) AS one").to_pylist() == [{"one": value}]


def test_not_a_number_is_not_missing(connection):
    found = copied(connection, "SELECT CAST('NaN' AS double precision) AS one").column("one")
    assert found.null_count == 0
    assert math.isnan(found[0].as_py())


def test_no_rows_have_their_columns(connection):
    found = copied(connection, "SELECT 1 AS a, CAST('x' AS text) AS b WHERE FALSE")
    assert [(field.name, str(field.type)) for field in found.schema] == [("a", "int64"), ("b", "string")]


def test_missing_values_are_rows_as_others_are(connection):
    rows = "SELECT CASE WHEN i % 3 = 0 THEN i END AS one FROM generate_series(1, 200000) AS i"
    found = copied(connection, rows).column("one").to_pylist()
    assert found == [i if i % 3 == 0 else None for i in range(1, 200_001)]


@pytest.mark.parametrize("refused", ["SELECT nobody", "SELECT 1 / i AS one FROM generate_series(0, 1) AS i"])
def test_a_refused_query_is_told_and_the_next_one_answered(postgres, refused):
    store = PostgresStore(postgres)
    store.run("CREATE TABLE tickets (ticket_id bigint, created_at timestamptz)")
    store.run("INSERT INTO tickets VALUES (1, '2020-01-01')")
    data = cx.load(store.where, as_of="2020-02-01")
    with pytest.raises(cx.errors.DataError, match=r"nobody|division by zero"):
        data.engine.run(sqlglot.parse_one(refused, read="postgres"), {})
    query = sqlglot.parse_one("SELECT 50 % 7 AS one, '%s' AS b", read="postgres")
    assert data.engine.run(query, {}).to_pylist() == [{"one": 1, "b": "%s"}]


def test_another_driver_gives_the_same_rows(postgres):
    store = PostgresStore(postgres)
    store.run("CREATE TABLE tickets (ticket_id bigint, created_at timestamptz)")
    store.run("INSERT INTO tickets VALUES (1, '2020-01-01')")
    data = cx.load(store.where, as_of="2020-02-01")
    columns = [f"CAST({spelled} AS {type_}) AS c{i}" for i, (type_, spelled, _) in enumerate(EXAMPLES)]
    text = f"SELECT {', '.join(columns)}"
    with data.engine.connection() as connection:
        mine, other = (
            copied(connection.connection.driver_connection, text),
            fetched(connection, text),
        )
    assert mine.equals(other)
    assert mine.schema.equals(other.schema)
