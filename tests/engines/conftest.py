"""Where tables may stay: a DuckDB file, PostgreSQL, Spark; started once, on loopback only."""

import importlib.util
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

_FOREIGN = ("SPARK_HOME", "SPARK_CONF_DIR", "SPARK_REMOTE", "PYSPARK_SUBMIT_ARGS")
_TOLD = pytest.StashKey[list]()


@pytest.fixture
def told(pytestconfig):
    """Keeps a line for the end of the run."""
    return pytestconfig.stash.setdefault(_TOLD, []).append


def pytest_terminal_summary(terminalreporter, config):
    """What was compared, and loudly what was not: a skipped engine is an engine that nothing is known of."""
    lines = config.stash.get(_TOLD, [])
    if lines:
        terminalreporter.section("engines against memory")
        for line in lines:
            terminalreporter.line(line)
    why = {
        report.longrepr[2] for report in terminalreporter.getreports("skipped") if "engines" in report.nodeid
    }
    for reason in sorted(why):
        terminalreporter.section(f"NOT TESTED: {reason}", red=True, bold=True)


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


def _java():
    """The folder of a Java that PATH does not show, None where Spark finds one; skips where there is none."""
    if shutil.which("java") or os.environ.get("JAVA_HOME"):
        return None
    found = sorted(Path("/usr/lib/jvm").glob("*/bin/java"))
    if not found:
        pytest.skip("skipped: no Java here (Debian: apt-get install openjdk-17-jre-headless)")
    return str(found[-1].parent.parent)


@pytest.fixture(scope="session")
def spark(tmp_path_factory):
    """One small Spark session for all tests, in a zone that is nobody's.

    Skipped only where there is no Java or no pyspark; a session that does not start is an error.
    """
    home = _java()
    if importlib.util.find_spec("pyspark") is None:
        pytest.skip("skipped: no pyspark (make engines installs it)")
    from pyspark.sql import SparkSession

    folder = tmp_path_factory.mktemp("spark")
    log = folder / "log4j2.properties"
    log.write_text("rootLogger.level = off\n", "utf-8")
    settings = {
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.shuffle.partitions": "2",
        "spark.sql.maxPlanStringLength": "1000",  # else it spells every plan, for nobody
        "spark.sql.session.timeZone": "Asia/Tokyo",
        "spark.sql.warehouse.dir": str(folder / "warehouse"),
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.memory": "2g",
        # most code runs a few times only: the second compiler would never earn what it takes
        "spark.driver.extraJavaOptions": f"-Dlog4j2.configurationFile=file:{log} -XX:TieredStopAtLevel=1",
    }
    with pytest.MonkeyPatch.context() as environment:
        for name in _FOREIGN:  # another Spark's, which would be started in the place of ours
            environment.delenv(name, raising=False)
        environment.setenv("PYSPARK_PYTHON", sys.executable)
        # whatever the host is called, and whether its name resolves
        environment.setenv("SPARK_LOCAL_IP", "127.0.0.1")
        if home:
            environment.setenv("JAVA_HOME", home)
        builder = SparkSession.builder.master("local[2]").appName("cxlib")
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
    return SparkStore(request.getfixturevalue("spark"), tmp_path)
