"""Lay out the sample company as a project of one's own: what `cxlib init demo` does."""

import shutil
from pathlib import Path

from cxlib.assets import notebooks_folder, sample_folder
from cxlib.errors import CannotWriteError

__all__ = ["write_demo"]

_README = """# A sample of cxlib

A tutoring marketplace that does not exist, three years of its support, and a log of its releases.

    cxlib check --data data
    cxlib measure --data data --metric nps --by plan
    cxlib investigate --data data --metric nps --from 2020-01-01 --to 2020-03-01
    cxlib report --data data --month 2020-02 --out reports

`data/truth.json` says what was planted. The notebooks in `notebooks/` are the parts of the monthly report.
"""


def write_demo(folder: Path) -> Path:
    """Copy sample data, notebooks and a short README; nothing that exists is overwritten.

    Parameters
    ----------
    folder : Path
        Must not exist, or be empty.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    CannotWriteError
        If something lies there already, or the folder cannot be made.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as place:
    ...     sorted(path.name for path in write_demo(Path(place) / "demo").iterdir())
    ['README.md', 'data', 'notebooks']
    """
    there = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
    if there or folder.is_file():
        raise CannotWriteError(
            str(folder),
            found=f"{there[0]} in it" if there else "a file of that name",
            expected="a new or empty folder",
            fix="name another folder: nothing is overwritten",
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copytree(sample_folder(), folder / "data")
        shutil.copytree(
            notebooks_folder(), folder / "notebooks", ignore=shutil.ignore_patterns(".ipynb_checkpoints")
        )
        (folder / "README.md").write_text(_README, encoding="utf-8")
    except OSError as error:
        raise CannotWriteError(
            str(folder),
            found=error.strerror or type(error).__name__,
            expected="a folder that can be written",
            fix="name another folder, or grant write permission",
        ) from error
    return folder
