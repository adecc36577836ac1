"""The company on disk: the same bytes for the same seed."""

import gzip
import io
import json
from pathlib import Path

import pandas as pd

from cxlib.data.sample.build import Sample, make_sample
from cxlib.data.sample.scenario import DEFAULT_SEED
from cxlib.errors import CannotWriteError

__all__ = ["write_sample"]

_PLAIN = ("changes",)  # small, and worth reading as it is
_RAGGED_LINE = 150

_README = """\
# Lanternfold

A company that does not exist: learners book online lessons with tutors, and write to support.
Three years to 30 June 2020, made by `cxlib.data.sample` from a seed; the same seed gives the same bytes.

- `changes.csv` the log of releases; `cxlib.toml` the zone and the settings; all else is `.csv.gz`:
  who there is and what they do: `customers`, `accounts`, `activity`, `orders`, `trainings`, `interactions`;
  what they ask and what became of it: `tickets`, `messages`, `ticket_events`, `audits`;
  what they say: `surveys`, `outreach`, `reviews`, `posts`; what account managers think: `overrides`;
  what the company runs, sends and shows: `outages`, `costs`, `emails`, `pages`.
- `truth.json` what is planted and how large it came out, why accounts leave, and how many bad rows of which
  kind there are.
- Try: `cxlib investigate --data data/sample --metric nps --from 2020-01-01 --to 2020-03-01`
"""


def write_sample(folder: str | Path, *, seed: int = DEFAULT_SEED) -> Path:
    """Write tables, cxlib.toml, truth.json and README.md into a folder, over files of these names.

    Parameters
    ----------
    folder : str or Path
        Made if it is not there.
    seed : int
        As for `make_sample`.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    CannotWriteError
        If the folder or a file in it cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     sorted(path.name for path in write_sample(folder).iterdir())[:3]
    ['README.md', 'accounts.csv.gz', 'activity.csv.gz']
    """
    target = Path(folder)
    try:
        target.mkdir(parents=True, exist_ok=True)  # before the slow work
        for name, content in sample_files(make_sample(seed)).items():
            (target / name).write_bytes(content)
    except OSError as error:
        raise CannotWriteError(
            str(target),
            found=error.strerror or type(error).__name__,
            expected="a folder that can be written",
            fix="choose another folder, or mend its permissions",
        ) from error
    return target


def sample_files(sample: Sample) -> dict[str, bytes]:
    """Name and bytes of every file."""
    files = {}
    for name, table in sample.tables.items():
        text = _csv(table, sample.ragged.get(name))
        if name in _PLAIN:
            files[f"{name}.csv"] = text
        else:
            files[f"{name}.csv.gz"] = _gzip(text)
    files["cxlib.toml"] = sample.settings.encode()
    files["truth.json"] = (json.dumps(sample.truth, indent=1, ensure_ascii=False) + "\n").encode()
    files["README.md"] = _README.encode()
    return files


def _csv(table: pd.DataFrame, ragged: str | None) -> bytes:
    text: str = table.to_csv(index=False, lineterminator="\n")
    if ragged is not None:
        lines = text.split("\n")
        text = "\n".join([*lines[:_RAGGED_LINE], ragged, *lines[_RAGGED_LINE:]])
    return text.encode()


def _gzip(content: bytes) -> bytes:
    """Compressed without name or time of day."""
    buffer = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", fileobj=buffer, compresslevel=6, mtime=0) as file:
        file.write(content)
    return buffer.getvalue()
