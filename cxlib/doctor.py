"""Five checks of an installation, each with its fix: what `cxlib doctor` prints."""

import importlib.metadata
import platform
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cxlib.errors import CxError, DataError

__all__ = ["Check", "examine"]

_LOWEST = (3, 11)
_KERNEL_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Check:
    """One check and its outcome.

    Parameters
    ----------
    name : str
        What was checked.
    ok : bool
        Whether it may stay as it is.
    found : str
        What was found, in words.
    fix : str
        How to mend it; empty where nothing is wrong.
    """

    name: str
    ok: bool
    found: str
    fix: str = ""


def examine(data: Path, out: Path, *, config: Path | None = None) -> list[Check]:
    """Run the five checks, none of which needs a network.

    Parameters
    ----------
    data : Path
        Folder whose cxlib.toml is read.
    out : Path
        Folder that reports would be written to.
    config : Path, optional
        Another cxlib.toml.

    Returns
    -------
    list of Check
        Packages, kernel, settings and zone, output folder, engine: in this order.

    Examples
    --------
    >>> [check.name for check in examine(Path("."), Path("."))][:1]
    ['python and packages']
    """
    checks: list[tuple[str, Callable[[], str], str]] = [
        ("python and packages", _packages, "run `pip install -c constraints.txt cxlib`"),
        ("jupyter kernel", _kernel, "run `pip install ipykernel`"),
        ("settings and time zone", lambda: _settings(data, config), "correct cxlib.toml"),
        ("output folder", lambda: _writable(out), "choose another --out, or grant write permission"),
        ("duckdb and pyarrow", _engine, "run `pip install --force-reinstall duckdb pyarrow`"),
    ]
    return [_attempt(name, run, fix) for name, run, fix in checks]


def _attempt(name: str, run: Callable[[], str], fix: str) -> Check:
    try:
        return Check(name, ok=True, found=run())
    except CxError as error:
        said = f"{error.where}: found {error.found}, expected {error.expected}. {error.hint}".strip()
        return Check(name, ok=False, found=said.removesuffix("."), fix=error.fix)
    except Exception as error:  # noqa: BLE001 - whatever is broken here is what the check reports
        return Check(name, ok=False, found=f"{type(error).__name__}: {str(error)[:200]}", fix=fix)


def _packages() -> str:
    from packaging.requirements import Requirement

    if sys.version_info < _LOWEST:
        raise RuntimeError(f"Python {platform.python_version()}, needs 3.11 or newer")
    wrong = []
    for line in importlib.metadata.requires("cxlib") or []:
        wanted = Requirement(line)
        if wanted.marker is not None and not wanted.marker.evaluate({"extra": ""}):
            continue
        installed = importlib.metadata.version(wanted.name)
        if installed not in wanted.specifier:
            wrong.append(f"{wanted.name} {installed}, needs {wanted.specifier}")
    if wrong:
        raise RuntimeError("; ".join(wrong))
    return f"Python {platform.python_version()}, every package in its range"


def _kernel() -> str:
    from cxlib.reporting.kernel import start_and_stop

    start_and_stop(seconds=_KERNEL_SECONDS)
    return "starts and answers"


def _settings(data: Path, config: Path | None) -> str:
    from zoneinfo import ZoneInfo

    from cxlib.data.settings import read_settings, settings_path

    if config is None and not data.exists():
        raise DataError(
            str(data), found="nothing", expected="a folder with data", fix="correct --data or put it there"
        )
    path = config or settings_path(data)
    if path is None:
        ZoneInfo("America/Chicago")
        return "no cxlib.toml here: defaults; the time-zone database answers"
    settings = read_settings(path)
    zone = settings.zone or "UTC"
    ZoneInfo(zone)
    return f"{path.name} is valid, zone {zone}"


def _writable(out: Path) -> str:
    place = next((folder for folder in (out, *out.resolve().parents) if folder.is_dir()), Path())
    with tempfile.NamedTemporaryFile(dir=place):
        pass
    return f"{out} can be written"


def _engine() -> str:
    import duckdb
    import pyarrow as pa

    rows = pa.table({"x": [1, 2, 3]})
    with duckdb.connect() as connection:
        answer = connection.register("rows", rows).execute("SELECT sum(x) FROM rows").fetchone()
    if answer is None or answer[0] != 6:
        raise RuntimeError(f"1 + 2 + 3 came back as {answer}")
    return f"duckdb {duckdb.__version__} and pyarrow {pa.__version__} answer"
