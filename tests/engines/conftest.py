"""Where tables may stay: a DuckDB file, PostgreSQL, Spark; started once, on loopback only."""

import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests.engines.stores import PLACES, DuckStore, PostgresStore, SparkStore


def pytest_collection_modifyitems(items):
    """Tests of Spark are run by make engines, in one process: a session takes a gigabyte."""
    for item in items:
        names = getattr(item, "fixturenames", ())
        if "spark" in names or getattr(getattr(item, "callspec", None), "params", {}).get("store") == "spark":
            item.add_marker(pytest.mark.spark)


_BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))


def _as_owner(owner, *command):
    """A command as an ordinary user: PostgreSQL refuses to run as root."""
    return [*(["runuser", "-u", owner, "--"] if owner else []), *map(str, command)]


def _owner():
    """Who may run a server: nobody special, unless we are root."""
    if os.getuid():
        return None
    try:
        return pwd.getpwnam("postgres").pw_name
    except KeyError:
        return "nobody"


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _locale():
    """A locale that does not sort by code point, where the machine has one."""
    known = subprocess.run(["locale", "-a"], capture_output=True, text=True, check=False).stdout.split()
    return next((name for name in known if name.lower() in {"en_us.utf8", "en_gb.utf8", "de_de.utf8"}), None)


@pytest.fixture(scope="session")
def postgres():
    """The address of a PostgreSQL of our own; it sorts by ICU's English order, not by code point."""
    if not _BINARIES or (not os.getuid() and not shutil.which("runuser")):
        pytest.skip("skipped: no PostgreSQL server here (Debian: apt-get install postgresql)")
    pytest.importorskip("psycopg", reason="skipped: no psycopg (pip install 'cxlib[warehouse]')")
    # a folder of its own: pytest keeps its folders from other users
    folder, owner, port = Path(tempfile.mkdtemp(prefix="cxlib-postgres-")), _owner(), _free_port()
    if owner:
        shutil.chown(folder, owner)
    tools, home = _BINARIES[-1], folder / "data"
    order = [f"--locale={_locale()}"] if _locale() else ["--locale-provider=icu", "--icu-locale=en-US"]
    made = subprocess.run(
        _as_owner(owner, tools / "initdb", "-D", home, "-A", "trust", "-U", "cx", "-E", "UTF8", "-N", *order),
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
    )
    assert made.returncode == 0, made.stderr
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off"
    control = [tools / "pg_ctl", "-D", home, "-w", "-l", folder / "log"]
    subprocess.run(
        _as_owner(owner, *control, "-o", options, "start"), capture_output=True, check=True, cwd="/"
    )
    yield f"postgresql+psycopg://cx@127.0.0.1:{port}/postgres"
    stop = _as_owner(owner, *control, "-m", "immediate", "stop")
    subprocess.run(stop, capture_output=True, check=True, cwd="/")
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def spark(tmp_path_factory):
    """One small Spark session for all tests, in a zone that is nobody's."""
    if not (shutil.which("java") or os.environ.get("JAVA_HOME")):
        pytest.skip("skipped: no Java here (Debian: apt-get install openjdk-17-jre-headless)")
    sql = pytest.importorskip("pyspark.sql", reason="skipped: no pyspark (make engines)")
    os.environ["PYSPARK_PYTHON"] = sys.executable
    folder = tmp_path_factory.mktemp("spark")
    log = folder / "log4j2.properties"
    log.write_text("rootLogger.level = off\n", "utf-8")
    settings = {
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.shuffle.partitions": "2",
        "spark.sql.session.timeZone": "Asia/Tokyo",
        "spark.sql.warehouse.dir": str(folder / "warehouse"),
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.memory": "1g",
        "spark.driver.extraJavaOptions": f"-Dlog4j2.configurationFile=file:{log}",
    }
    builder = sql.SparkSession.builder.master("local[2]").appName("cxlib")
    for name, value in settings.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    yield session
    session.stop()


@pytest.fixture(params=PLACES)
def store(request, tmp_path):
    """An empty place for tables: `put` writes Arrow tables there, `where` is what `cx.load` is given."""
    if request.param == "duckdb":
        return DuckStore(tmp_path / "company.duckdb")
    if request.param == "postgresql":
        return PostgresStore(request.getfixturevalue("postgres"))
    return SparkStore(request.getfixturevalue("spark"))
