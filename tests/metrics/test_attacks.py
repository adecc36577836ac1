"""What a row expression must never become: attacks from a notebook and from cxlib.toml, and the fence."""

import logging
import sys

import duckdb
import pandas as pd
import pyarrow as pa
import pytest
import sqlglot
from sqlglot import exp

import cxlib as cx
from cxlib.cli import main
from cxlib.data.engine import DuckEngine
from cxlib.errors import UsageError
from tests.metrics.company import Raw, instants, load

SHARE = {
    "table": "tickets",
    "kind": "share",
    "basis": "created_at",
    "unit": "%",
    "direction": "down",
    "definition": "Tickets of a kind.",
}

# family -> expressions, none of which may be let through
ATTACKS = {
    "subquery": [
        "(SELECT 1) = 1",
        "(SELECT MAX(reopens) FROM tickets) > 1",
        "reopens IN (SELECT 1)",
        "reopens NOT IN (SELECT reopens FROM tickets)",
        "reopens IN (FROM tickets SELECT reopens)",
        "reopens IN (1, (SELECT 2))",
        "reopens BETWEEN (SELECT 1) AND 2",
        "COALESCE(reason, (SELECT 'a')) = 'a'",
        "CASE WHEN (SELECT TRUE) THEN 1 ELSE 0 END = 1",
        "-(SELECT 1) > 0",
        "EXISTS (SELECT 1)",
        "NOT EXISTS (FROM tickets)",
        "reopens = ANY (SELECT 1)",
        "reopens > ALL (SELECT 1)",
        "reopens = SOME (SELECT 1)",
        "reopens = ANY ([1, 2])",
        "reopens IN UNNEST([1, 2])",
        "reopens IN tickets",
        "reopens IN (TABLE tickets)",
        "reopens IN (WITH a AS (SELECT 1) SELECT * FROM a)",
        "(VALUES (1)) = 1",
        "ARRAY(SELECT 1) = [1]",
        "reopens > 1 UNION SELECT TRUE",
        "reopens > 1 EXCEPT SELECT FALSE",
        "(SELECT " * 200 + "1" + ")" * 200,
    ],
    "statement": [
        "SELECT reopens FROM tickets",
        "FROM tickets",
        "TABLE tickets",
        "VALUES (1)",
        "WITH a AS (SELECT 1) SELECT * FROM a",
        "ATTACH 'x'",
        "ATTACH '/tmp/x.duckdb' AS x",
        "DETACH x",
        "COPY tickets TO 'x'",
        "COPY (SELECT 1) TO '/tmp/x.csv'",
        "EXPORT DATABASE '/tmp/x'",
        "IMPORT DATABASE '/tmp/x'",
        "PRAGMA database_list",
        "PRAGMA enable_external_access",
        "SET x = 1",
        "SET enable_external_access = true",
        "RESET ALL",
        "INSTALL httpfs",
        "LOAD httpfs",
        "CALL pragma_version()",
        "CREATE MACRO f(a) AS a",
        "CREATE SECRET (TYPE s3)",
        "INSERT INTO tickets VALUES (1)",
        "UPDATE tickets SET reason = 'a'",
        "DELETE FROM tickets",
        "DROP TABLE tickets",
        "ALTER TABLE tickets ADD COLUMN a INT",
        "MERGE INTO tickets USING a ON TRUE",
        "GRANT ALL ON tickets TO a",
        "EXPLAIN SELECT 1",
        "DESCRIBE tickets",
        "PREPARE a AS SELECT 1",
        "EXECUTE a",
        "KILL 1",
        "DO $$ BEGIN END $$",
        "1; DROP TABLE tickets",
        "reopens > 1; SELECT 1",
        "; reopens > 1",
        "reopens > 1;;",
        ";",
        "reopens > 1, TRUE",
        "reopens > 1 AS big",
        "reopens > 1 ORDER BY reason",
        "reopens > 1 LIMIT 1",
        "reopens > 1 GROUP BY reason",
        "reopens > 1 QUALIFY TRUE",
        "reopens > 1 FOR UPDATE",
        "reopens > 1 INTO OUTFILE '/tmp/x'",
        "DISTINCT reason = 'a'",
    ],
    "file": [
        "read_text('/etc/passwd') = 'x'",
        "read_blob('/etc/passwd') IS NULL",
        "read_csv('/etc/passwd') IS NULL",
        "read_csv_auto('/etc/passwd') IS NULL",
        "read_parquet('a.parquet') IS NULL",
        "read_json('a.json') IS NULL",
        "sniff_csv('/etc/passwd') IS NULL",
        "LOWER(read_text('/etc/passwd')) = 'a'",
        "reason IN (SELECT content FROM read_text('/etc/passwd'))",
        "glob('/etc/*') = 'x'",
        "pg_read_file('/etc/passwd') = 'x'",
        "lo_import('/etc/passwd') = 1",
        "'/etc/passwd'",
        "FROM '/etc/passwd'",
        "reopens IN (FROM '/etc/passwd')",
    ],
    "machine": [
        "getenv('HOME') = 'x'",
        "getvariable('a') = 'x'",
        "current_setting('home_directory') = 'x'",
        "set_config('a', 'b', TRUE) = 'b'",
        "pg_sleep(10) IS NULL",
        "dblink('host=a', 'SELECT 1') IS NULL",
        "java_method('java.lang.System', 'getenv', 'HOME') = 'x'",
        "java_method('java.lang.Runtime', 'exit', 0) IS NULL",
        "reflect('java.lang.Runtime', 'getRuntime') IS NULL",
        "xpath_string('<a/>', 'a') = ''",
        "version() = 'x'",
        "query('SELECT 1') IS NULL",
        "query_table('tickets') IS NULL",
        "duckdb_secrets() IS NULL",
        "nextval('a') > 0",
        "error('a') IS NULL",
    ],
    "not the same twice": [
        "random() > 0",
        "RAND() > 0",
        "UUID() = 'x'",
        "gen_random_uuid() IS NULL",
        "setseed(0.5) IS NULL",
        "GREATEST(reopens, random()) > 1",
        "now() > created_at",
        "today() > created_at",
        "get_current_timestamp() > created_at",
        "CURRENT_DATE > created_at",
        "CURRENT_TIMESTAMP > created_at",
        "CURRENT_TIME IS NULL",
        "LOCALTIMESTAMP > created_at",
        "CURRENT_USER = 'x'",
        "SESSION_USER = 'x'",
        "current_database() = 'x'",
    ],
    "aggregate or window": [
        "COUNT(*)",
        "COUNT(DISTINCT reason) > 1",
        "SUM(reopens) > 1",
        "AVG(reopens) > 1",
        "MAX(created_at) > created_at",
        "FIRST(reason) = 'a'",
        "any_value(reason) = 'a'",
        "arg_min(reason, reopens) = 'a'",
        "list(reason) IS NULL",
        "string_agg(reason, ',') = 'a'",
        "quantile_cont(reopens, 0.5) > 1",
        "SUM(reopens) FILTER (WHERE reopens > 1) > 1",
        "ROW_NUMBER() OVER () = 1",
        "LAG(reopens) OVER (ORDER BY created_at) > 1",
        "SUM(reopens) OVER (PARTITION BY reason) > 1",
        "LOWER(reason) OVER () = 'a'",
        "ABS(reopens) FILTER (WHERE TRUE) > 1",
        "LOWER(DISTINCT reason) = 'a'",
        "GROUPING(reason) = 1",
    ],
    "star": [
        "*",
        "tickets.*",
        "* EXCLUDE (reason)",
        "* REPLACE (1 AS reason)",
        "COLUMNS('a')",
        "COLUMNS(*) > 1",
        "UNPACK(COLUMNS(*)) > 1",
        "GREATEST(*) > 1",
    ],
    "comment or hint": [
        "reason = 'a' -- note",
        "-- note",
        "-- note\nreopens > 1",
        "reason = 'a' /* note */",
        "/* note */ reopens > 1",
        "reopens /* a /* nested */ b */ > 1",
        "reason = 'a' OR/**/1=1",
        "/*+ BROADCAST(tickets) */ reopens > 1",
        "reopens /*+ INDEX(a) */ > 1",
        "/*! reopens */ > 1",
        "reopens > 1 # note",
    ],
    "quotes": [
        "reason = $$a$$",
        "reason = $tag$a$tag$",
        "reason = E'a'",
        "reason = e'\\x61'",
        "reason = U&'\\0061'",
        "reason = X'61'",
        "reason = B'01'",
        "reason = N'a'",
        "reason = r'a'",
        "reason = 'a",
        'reason = "a',
        "reason = 'a\\b'",
        "reason = '\\' OR 1=1 --'",
        "[reason] = 'a'",
        "`reason` = 'a'",
    ],
    "parameter or template": [
        "reason = $1",
        "reason = $name",
        "reason = ?",
        "reason = :name",
        "reason = %s",
        "reason = %(name)s",
        "reason = {name}",
        "reason = ${name}",
        "reason = {{ name }}",
        "{{ config }}",
        "{% raw %}",
        "reopens > 1 {% if true %} OR TRUE {% endif %}",
        "#1 = 'a'",
    ],
    "cast": [
        "CAST(reopens AS TEXT) = 'x'",
        "TRY_CAST(reopens AS TEXT) = 'x'",
        "reopens::TEXT = 'x'",
        "reason::DATE IS NULL",
        "'tickets'::regclass IS NULL",
        "DATE '2020-01-01' < created_at",
        "TIMESTAMP '2020-01-01' < created_at",
        "TIMESTAMPTZ '2020-01-01 00:00:00+00' < created_at",
        "created_at AT TIME ZONE 'UTC' > created_at",
    ],
    "lambda or nested": [
        "x -> x + 1",
        "(x, y) -> x",
        "list_filter([1], x -> x > 1) IS NULL",
        "list_transform([1], lambda x: x + 1) IS NULL",
        "reason -> 'a' = 'a'",
        "reason ->> 'a' = 'a'",
        "[1, 2][1] = 1",
        "reason[1] = 'a'",
        "reason[1:2] = 'a'",
        "{'a': 1}.a = 1",
        "MAP {'a': 1} IS NULL",
        "struct_pack(a := 1) IS NULL",
        "ROW(1, 2) IS NULL",
        "(1, 2) = (1, 2)",
        "(reopens, 1) IN ((1, 1))",
    ],
    "pattern": [
        "regexp_matches(reason, 'a')",
        "regexp_replace(reason, '(a+)+$', '') = 'b'",
        "reason ~ '(a+)+$'",
        "reason SIMILAR TO '(a+)+'",
        "reason RLIKE 'a'",
        "reason LIKE 'a%'",
        "reason NOT LIKE 'a'",
        "reason ILIKE 'a%'",
        "reason LIKE 'a!%' ESCAPE '!'",
        "reason GLOB 'a*'",
    ],
    "other function or operator": [
        "repeat('a', 1000000000) = reason",
        "lpad('a', 1000000000, 'b') = reason",
        "range(1000000000) IS NULL",
        "generate_series(1, 1000000000) IS NULL",
        "reason || 'a' = 'b'",
        "concat(reason, 'a') = 'b'",
        "printf('%s', reason) = 'a'",
        "UPPER(reason) = 'A'",
        "TRIM(reason) = 'A'",
        "SUBSTRING(reason, 1) = 'a'",
        "LENGTH(reason) > 1",
        "md5(reason) = 'a'",
        "reopens / 2 > 1",
        "reopens // 2 > 1",
        "reopens % 2 = 1",
        "reopens ** 2 > 1",
        "POWER(reopens, 1000) > 1",
        "reopens << 63 > 1",
        "reopens & 1 = 1",
        "~reopens = 1",
        "reopens! > 1",
        "ROUND(reopens) = 1",
        "CEIL(reopens) > 1",
        "FLOOR(reopens, 2) > 1",
        "FLOOR(created_at TO DAY) > created_at",
        "EXP(1000) > 1",
        "NULLIF(reopens, 0) IS NULL",
        "EXTRACT(YEAR FROM created_at) = 2020",
        "date_trunc('month', created_at) = created_at",
        "strftime(created_at, '%Y') = '2020'",
        "reason COLLATE \"C\" = 'a'",
        "main.lower(reason) = 'a'",
        "reopens OPERATOR(pg_catalog.+) 1 > 1",
        "LOWER(reason, 'a') = 'a'",
        "LOWER() = 'a'",
        "COALESCE() > 1",
    ],
    "interval": [
        "reopens > INTERVAL 1 MONTH",
        "created_at - solved_at > INTERVAL 1 MONTH",
        "created_at - solved_at > INTERVAL 1 YEAR",
        "created_at - solved_at > INTERVAL '1' QUARTER",
        "created_at - solved_at > INTERVAL reopens DAY",
        "created_at - solved_at > INTERVAL (reopens) DAY",
        "created_at - solved_at > INTERVAL '1 day 2 hours'",
        "created_at - solved_at > INTERVAL '-1' DAY",
        "created_at - solved_at > INTERVAL 99999999 DAY",
        "created_at - solved_at > INTERVAL 1.5 DAY",
        "created_at - solved_at > INTERVAL '1' DAY TO HOUR",
        "INTERVAL " * 200,
    ],
    "qualified name": [
        "t.reason = 'a'",
        "tickets.reason = 'a'",
        "main.tickets.reason = 'a'",
        "a.b.c.reason = 'a'",
        '"tickets"."reason" = \'a\'',
        "information_schema.tables IS NULL",
        "pg_catalog.pg_user IS NULL",
        "a." * 500 + "b = 1",
    ],
    "type": [
        "reopens IS TRUE",
        "reopens IS 1",
        "is_inbound IS NOT TRUE",
        "IF(reopens, TRUE, FALSE)",
        "CASE WHEN reopens THEN 1 END = 1",
        "NOT reopens",
        "is_inbound + 1 > 1",
        "reason > 'Z'",  # engines order texts each in its own way
        "GREATEST(reason, 'a') = 'a'",
        "reason BETWEEN 'a' AND 'b'",
        "is_inbound > FALSE",
    ],
    "number": [
        "reopens > 1e400",
        "111e9999999999 > reopens",
        "9223372036854775807 + 1 > reopens",
        "99999999999999999999 * 99999999999999999999 > reopens",
        "reopens > " + "9" * 5000,
        "reopens > 0x1F",
        "reopens > 0b11",
    ],
    "size": [
        "(" * 900 + "reopens > 1" + ")" * 900,
        "NOT " * 400 + "is_inbound",
        "-" * 2000 + "1 > 0",
        "+".join(["1"] * 900) + " > 1",
        "CASE " + "WHEN TRUE THEN 1 " * 400 + "END = 1",
        "reason IN (" + ",".join(["'a'"] * 400) + ")",
        "COALESCE(" * 500 + "reason" + ")" * 500 + " = 'a'",
        "CASE WHEN TRUE THEN " * 300 + "1" + " END" * 300 + " = 1",
        "[" * 1000 + "]" * 1000,
        "{" * 500,
        "reason = '" + "a" * 30_000 + "'",
    ],
    "hidden character": [
        "reopens > 1\x00",
        "reason = 'a\x00b'",
        "reason = 'a\u202eb'",
        "reason = '\u2066a\u2069'",
        "\u202ereopens > 1",
        "reason = 'a\u200bb'",
        "reopens\u00a0> 1",
        "reason = 'a\rb'",
        "reason = 'a\x1b[31mb'",
        "\ufeffreopens > 1",
        "reason = '\ud800'",
        "reopens > 1\u2028",
        "reason = '\x85'",
    ],
    "nothing": ["", "  ", "((", "1 +", "reopens >", "CASE END", "is_inbound AND"],
}
CASES = [
    pytest.param(attack, id=f"{family}-{i}")
    for family, all_ in ATTACKS.items()
    for i, attack in enumerate(all_)
]


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """Two tickets of February: one about a, reopened twice, and one about b."""
    tickets = pd.DataFrame(
        {
            "ticket_id": ["1", "2"],
            "created_at": ["2020-02-03T00:00:00Z", "2020-02-05T00:00:00Z"],
            "solved_at": ["2020-02-04T00:00:00Z", None],
            "reason": ["a", "b"],
            "reopens": [2, 0],
            "customer_id": ["ann", "bob"],
        }
    )
    return load(tmp_path_factory.mktemp("desk"), {"tickets": tickets})


def test_there_are_at_least_as_many_attacks_as_were_tried_on_the_design():
    attacks = [attack for all_ in ATTACKS.values() for attack in all_]
    assert len(attacks) == len(set(attacks)) >= 111


@pytest.mark.parametrize("attack", CASES)
def test_an_attack_is_refused_when_it_is_declared_and_never_run(attack, monkeypatch, caplog):
    monkeypatch.setattr(duckdb, "connect", lambda *_: pytest.fail("an attack reached the engine"))
    for field in ("where", "value"):
        given = SHARE | {"value": "1", field: attack}
        with caplog.at_level(logging.WARNING), pytest.raises(UsageError) as refused:
            # an empty where means all rows: there is nothing to refuse
            cx.Metric(
                "attack_share", **(given if attack.strip() or field == "value" else given | {"where": "("})
            )
        said = str(refused.value)
        assert said.startswith("metric 'attack_share'")
        assert len(said) < 600
        assert said.isprintable()
    assert not caplog.records  # the parser says nothing past us


@pytest.mark.parametrize("place", ["excluded", "noted", "ended", "exposure value", "exposure where"])
@pytest.mark.parametrize(
    "attack", ["(SELECT 1) = 1", "read_text('/etc/passwd') = 'x'", "1; DROP TABLE tickets"]
)
def test_no_other_field_lets_an_attack_through(place, attack):
    fields = {
        "excluded": {"excluded": {"reason": attack}},
        "noted": {"noted": {"{n} rows": attack}},
        "ended": {
            "kind": "duration",
            "unit": "minutes",
            "value": "solved_at - created_at",
            "ended": attack,
        },
        "exposure value": {"kind": "rate", "exposure": attack, "part": "value"},
        "exposure where": {"kind": "rate", "exposure": attack, "part": "where"},
    }[place]
    given = SHARE | {"value": "1"} | fields
    part = given.pop("part", None)
    if part:
        given["exposure"] = cx.Exposure("orders", **({"value": "1", "basis": "ordered_at"} | {part: attack}))
    with pytest.raises(UsageError):
        cx.Metric("attack", **given)


@pytest.mark.parametrize(
    ("field", "attack"),
    [
        ("table", "tickets; DROP TABLE tickets"),
        ("table", "read_text('/etc/passwd')"),
        ("basis", "created_at; SELECT 1"),
        ("basis", "now()"),
        ("basis", "(SELECT created_at FROM tickets)"),
    ],
)
def test_names_are_no_expressions(field, attack):
    with pytest.raises(UsageError):
        cx.Metric("attack", **(SHARE | {"value": "1", field: attack}))


@pytest.mark.parametrize("name", ["a; DROP TABLE tickets", "../a", "a b", "<b>", "", "a\x00", "{{ a }}"])
def test_a_name_is_words_joined_by_underscores(name):
    with pytest.raises(UsageError, match="metric name"):
        cx.Metric(name, **(SHARE | {"value": "1"}))


@pytest.mark.parametrize(
    "name", ["a; DROP TABLE tickets--", 'a".b', "a'b", "order", "SELECT 1", "{{ a }}", "a%sb", "a`b", "x0"]
)
def test_a_column_with_a_hostile_name_is_quoted(name):
    tickets = pa.table(
        {
            "ticket_id": ["1", "2"],
            "created_at": instants("2020-02-03T00:00:00+00:00", "2020-02-03T00:00:00+00:00"),
            name: ["x", "y"],  # past the reader, which would write it in small letters and underscores
        }
    )
    column = '"' + name.replace('"', '""') + '"'
    frame = cx.measure(Raw({"tickets": tickets}), cx.Metric("share", **SHARE, value=f"{column} = 'x'"))
    assert (frame.table["value"].iloc[0], frame.table["n"].iloc[0]) == (50, 2)


# expression -> the share of the two tickets that it is true of
GOOD = {
    "reason = 'a--b'": 0,
    "reason <> 'a;b'": 100,
    "reason = '/* a */'": 0,
    "reason IN ('a', 'it''s', '\"quoted\"', '--', ';', '/*', '*/')": 50,
    "reason = '(SELECT 1)' OR reason = 'a'": 50,
    "reason <> '%s' AND reason <> ':a' AND reason <> '$1' AND reason <> '{{ a }}' AND reason <> '?'": 100,
    "reason = '/etc/passwd'": 0,
    "reason <> '€ – ü 日本'": 100,
    "\"reason\" = 'a'": 50,
    "LOWER(reason) = 'a'": 50,
    "reason\n  =\t'a'": 50,
    "reopens > 1;": 50,  # the end of a statement that is none: not rendered
    "reopens NOTNULL": 100,
    "reopens ?? 1 > 1": 50,
    "IFNULL(reopens, 0) > 1": 50,
    "IF(reopens > 1, TRUE, FALSE)": 50,
    "reopens < 1_000": 100,
    "reopens > .5 AND reopens > 1. AND reopens < 1e5": 50,
    "reopens == 2": 50,
    "reopens IS DISTINCT FROM 2": 50,
    "solved_at IS NULL": 50,
    "solved_at - created_at = INTERVAL 24 HOURS": 100,  # of the one that was solved
    "solved_at - created_at < INTERVAL '1 day'": 0,
    "COALESCE(solved_at, as_of) - created_at > INTERVAL 1 WEEK": 50,
    "created_at + 999999 * INTERVAL 999999 DAY > as_of": 100,  # beyond what a whole number holds
    "999999999999999 * 999999999999999 > reopens": 100,
    "0.1 * 3 > 0.3": 100,  # doubles on every engine, not decimals
    "NOT (reopens > 1 OR reason = 'b')": 0,
    "((((((((((reopens)))))))))) > 1": 50,
    "+".join(["reopens"] * 50) + " = 100": 50,
    "TRUE": 100,
}


@pytest.mark.parametrize("good", GOOD)
def test_a_good_expression_passes_and_means_what_it_says(desk, good):
    row = cx.measure(desk, cx.Metric("good_share", **SHARE, value=good)).table.iloc[0]
    assert row["value"] == GOOD[good]


def company_with(folder, metric):
    """A folder with two tickets and a cxlib.toml that declares one metric."""
    (folder / "tickets.csv").write_text(
        "ticket_id,created_at,reason\n1,2020-02-03T00:00:00Z,a\n2,2020-02-05T00:00:00Z,b\n", "utf-8"
    )
    lines = [f"{key} = '''{value}'''" for key, value in (SHARE | metric).items()]
    (folder / "cxlib.toml").write_text("\n".join(["[metrics.own_share]", *lines]), "utf-8")
    return folder


@pytest.mark.parametrize(
    "attack",
    [
        "EXISTS (SELECT 1)",
        'read_text("/etc/passwd") IS NULL',
        'getenv("HOME") IS NULL',
        "COUNT(*) > 1",
        "random() > 0",
        "1; DROP TABLE tickets",
        'ATTACH "x"',
        "reason IS NULL -- note",
        "{{ config }}",
        "reopens > INTERVAL 1 MONTH",
        "(" * 900 + "TRUE" + ")" * 900,
    ],
)
def test_the_command_refuses_an_attack_in_the_settings_with_exit_code_2(tmp_path, attack, capfd):
    folder = company_with(tmp_path, {"value": attack})
    assert main(["measure", "--data", str(folder), "--metric", "own_share"]) == 2
    said = capfd.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert "own_share" in said.err
    assert "Fix: " in said.err


def test_the_command_measures_a_good_metric_of_the_settings(tmp_path, capfd):
    folder = company_with(tmp_path, {"value": "reason IN (\"reason\") AND reason <> ';--'"})
    assert main(["measure", "--data", str(folder), "--metric", "own_share"]) == 0
    assert "100" in capfd.readouterr().out


# the second fence: what would happen if an expression came through the first

FENCED = {
    "a file": "SELECT * FROM read_text('{file}')",
    "a folder": "SELECT * FROM glob('{folder}/*')",
    "a CSV file by its path": "SELECT * FROM '{file}'",
    "writing": "COPY (SELECT 1) TO '{folder}/out.csv'",
    "another database": "ATTACH '{folder}/other.duckdb'",
    "an extension": "INSTALL httpfs",
    "loading": "LOAD httpfs",
    "opening the fence": "SET enable_external_access = true",
    "another setting": "SET threads = 1",
}


class Unparsed:
    """A query that was never parsed, as an engine sees one."""

    def __init__(self, text):
        self.text = text

    def find_all(self, _):
        return []

    def sql(self, *_, **__):
        return self.text


@pytest.mark.parametrize("what", FENCED)
def test_behind_the_expression_the_engine_itself_refuses(tmp_path, what):
    secret = tmp_path / "secret.csv"
    secret.write_text("a\n1\n", "utf-8")
    text = FENCED[what].format(file=secret, folder=tmp_path)
    with pytest.raises(duckdb.Error, match=r"(?i)permission|disabled|lock|not allowed|cannot"):
        DuckEngine().run(Unparsed(text), {})
    assert [path.name for path in tmp_path.iterdir()] == ["secret.csv"]


def test_the_fence_is_what_refuses_and_not_the_query(tmp_path):
    secret = tmp_path / "secret.csv"
    secret.write_text("a\n1\n", "utf-8")
    with duckdb.connect(":memory:") as open_:
        assert open_.sql(f"SELECT a FROM '{secret}'").fetchall() == [(1,)]  # noqa: S608 - our own path
    assert DuckEngine().run(Unparsed("SELECT 1 AS a"), {}).to_pylist() == [{"a": 1}]


def test_a_variable_of_the_caller_is_no_table_of_a_query():
    tickets_of_somebody_else = pa.table({"a": [1]})
    query = sqlglot.parse_one("SELECT a FROM tickets_of_somebody_else", dialect="duckdb")
    assert isinstance(query, exp.Query)
    with pytest.raises(duckdb.Error, match="tickets_of_somebody_else"):
        DuckEngine().run(query, {})
    assert tickets_of_somebody_else.num_rows == 1


def test_deep_nesting_leaves_the_interpreter_as_it_was():
    limit = sys.getrecursionlimit()
    with pytest.raises(UsageError):
        cx.Metric("deep", **SHARE, value="(" * 5000 + "1" + ")" * 5000)
    assert sys.getrecursionlimit() == limit
    assert cx.Metric("plain", **SHARE, value="reason = 'a'").name == "plain"
