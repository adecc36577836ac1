"""What a report was made from: identity, versions, the numbers it showed, the command that makes it again."""

import hashlib
import json
import platform
import shlex
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cxlib._version import __version__
from cxlib.reporting.execute import Page
from cxlib.reporting.index import what_changed
from cxlib.reporting.month import ReportMonth

if TYPE_CHECKING:
    from cxlib.data.dataset import Dataset

__all__ = ["command", "identity", "manifest", "portable"]

_PACKAGES = ("pandas", "numpy", "scipy", "duckdb", "pyarrow", "matplotlib", "papermill", "nbconvert", "nh3")


def identity(data: "Dataset", month: ReportMonth, sources: Sequence[Path]) -> str:
    """Equal for equal inputs: month, settings, data, package, notebooks, effective as-of.

    Parameters
    ----------
    data : Dataset
        Whose fingerprint and settings count.
    month : ReportMonth
        What is reported.
    sources : sequence of Path
        The notebooks.
    """
    parts = [month.label, data.settings.hash, data.fingerprint, __version__, month.as_of.isoformat()]
    parts += [f"{path.name} {hashlib.sha256(path.read_bytes()).hexdigest()}" for path in sources]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def manifest(
    data: "Dataset",
    month: ReportMonth,
    pages: Sequence[Page],
    *,
    identity: str,
    published: Mapping[str, Any] | None,
    parameters: Mapping[str, str],
) -> dict[str, Any]:
    """All that is known of a report but the hashes of its files.

    A forced run of the same inputs repeats the revision that it replaces, so that its bytes are the same.

    Parameters
    ----------
    data : Dataset
        As reported.
    month : ReportMonth
        What is reported.
    pages : sequence of Page
        What the notebooks became.
    identity : str
        As `identity` made it.
    published : mapping or None
        The manifest that is in place.
    parameters : mapping of str to str
        What the notebooks were given, as it may be shown.
    """
    numbers: dict[str, Any] = {}
    definitions: dict[str, str] = {}
    health: dict[str, Any] = {}
    for page in pages:
        numbers |= page.marker["numbers"]
        definitions |= page.marker["definitions"]
        health |= page.marker.get("health", {})
    revision, changed = 1, list[str]()
    if published and published["identity"] == identity:
        revision, changed = published["revision"], published["changed"]
    elif published:
        revision, changed = published["revision"] + 1, list(what_changed(published["numbers"], numbers))
    moved = [sentence for page in pages for sentence in page.marker["lines"].get("moved", ())]
    return {
        "schema": "cxlib.manifest/1",
        "month": month.label,
        "revision": revision,
        "changed": changed,
        "identity": identity,
        "as_of": month.as_of.isoformat(),
        "provisional": month.provisional,
        "fingerprint": data.fingerprint,
        "settings": data.settings.hash,
        "versions": _versions(),
        "parameters": dict(parameters),
        "definitions": definitions,
        "numbers": numbers,
        "finding": moved[0] if moved else "Nothing was measured.",
        **({"health": health} if health else {}),
    }


def _versions() -> dict[str, str]:
    own = {"cxlib": __version__, "python": platform.python_version()}
    return own | {name: version(name) for name in _PACKAGES}


def portable(path: str) -> str:
    """A path as it may stand in a report: a relative one as given, of an absolute one the name alone.

    Parameters
    ----------
    path : str
        As the user gave it.

    Examples
    --------
    >>> portable("data/sample"), portable("/home/ann/exports")
    ('data/sample', 'exports')
    """
    return Path(path).name if Path(path).is_absolute() else path


def command(where: str, config: str, month: ReportMonth) -> str:
    """The command that makes a report again.

    Parameters
    ----------
    where, config : str
        As the user gave them; config may be empty.
    month : ReportMonth
        A provisional month needs its as-of to be the same again.

    Examples
    --------
    >>> from datetime import UTC, date, datetime
    >>> day = datetime(2020, 3, 15, tzinfo=UTC)
    >>> command("data/sample", "", ReportMonth("2020-02", date(2020, 2, 1), date(2020, 3, 1), day, day))
    'cxlib report --data data/sample --month 2020-02'
    """
    words = ["cxlib", "report", "--data", portable(where), "--month", month.label]
    if config:
        words += ["--config", portable(config)]
    if month.provisional:
        words += ["--as-of", month.as_of.isoformat()]
    return shlex.join(words)
