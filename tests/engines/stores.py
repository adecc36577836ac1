"""Arrow tables into a DuckDB file, a PostgreSQL schema or a Spark session, with the types of a warehouse."""

import uuid

import duckdb
import pyarrow as pa
import pyarrow.parquet

PLACES = ("duckdb", "postgresql", "spark")

_SPARK = {
    "int64": "bigint",
    "double": "double",
    "bool": "boolean",
    "string": "string",
    "date32[day]": "date",
    "timestamp[us, tz=UTC]": "timestamp",
    "timestamp[us]": "timestamp_ntz",
    "decimal128(12, 2)": "decimal(12, 2)",
}
_POSTGRES = {
    "int64": "bigint",
    "double": "double precision",
    "bool": "boolean",
    "string": "text",
    "date32[day]": "date",
    "timestamp[us, tz=UTC]": "timestamp with time zone",
    "timestamp[us]": "timestamp without time zone",
    "decimal128(12, 2)": "numeric(12, 2)",
}


def typed(frame):
    """A pandas frame as an Arrow table of the types that a warehouse has."""
    table = pa.Table.from_pandas(frame, preserve_index=False)
    for i, field in enumerate(table.schema):
        if pa.types.is_timestamp(field.type):
            kept = pa.timestamp("us", tz="UTC" if field.type.tz else None)
            table = table.set_column(i, field.name, table.column(i).cast(kept, safe=False))
        elif pa.types.is_large_string(field.type):
            table = table.set_column(i, field.name, table.column(i).cast(pa.string()))
    return table


class DuckStore:
    name = "duckdb"

    def __init__(self, path):
        self.where = path

    def put(self, tables):
        with duckdb.connect(self.where) as connection:
            for name, table in tables.items():
                connection.register("given", table)
                made = f'CREATE OR REPLACE TABLE "{name}" AS SELECT * FROM given'  # noqa: S608  # names are ours
                connection.execute(made)
                connection.unregister("given")

    def run(self, sql):
        with duckdb.connect(self.where) as connection:
            connection.execute(sql)


class PostgresStore:
    name = "postgresql"

    def __init__(self, address):
        self.schema = f"cx_{uuid.uuid4().hex[:12]}"
        self.where = f"{address}?schema={self.schema}"
        self.address = address.replace("+psycopg", "")
        self.run(f"CREATE SCHEMA {self.schema}")

    def run(self, sql):
        import psycopg

        with psycopg.connect(self.address, autocommit=True) as connection:
            connection.execute(f"SET search_path TO {self.schema}")
            connection.execute(sql)

    def put(self, tables):
        import psycopg

        with psycopg.connect(self.address, autocommit=True) as connection:
            for name, table in tables.items():
                columns = ", ".join(f'"{field.name}" {_POSTGRES[str(field.type)]}' for field in table.schema)
                connection.execute(f'DROP TABLE IF EXISTS {self.schema}."{name}"')
                connection.execute(f'CREATE TABLE {self.schema}."{name}" ({columns})')
                with connection.cursor().copy(f'COPY {self.schema}."{name}" FROM STDIN') as copy:
                    for row in zip(*(column.to_pylist() for column in table.columns), strict=True):
                        copy.write_row(row)


class SparkStore:
    """Temporary views of Parquet files: rows made in the session would travel with each of its tasks."""

    name = "spark"

    def __init__(self, session, folder):
        self.where, self.folder = session, folder
        for view in session.catalog.listTables():
            session.catalog.dropTempView(view.name)

    def put(self, tables):
        for name, table in tables.items():
            file = self.folder / f"{name}-{uuid.uuid4().hex}.parquet"
            pyarrow.parquet.write_table(table, file)
            columns = [f"CAST(`{field.name}` AS {_SPARK[str(field.type)]})" for field in table.schema]
            rows = self.where.read.parquet(str(file)).selectExpr(*columns)
            rows.toDF(*table.column_names).createOrReplaceTempView(name)

    def run(self, sql):
        self.where.sql(sql)
