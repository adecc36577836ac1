"""Where notebooks and sample lie: at the root of a source checkout, inside an installed package."""

import os
from pathlib import Path

from cxlib.errors import DataError

__all__ = ["notebooks_folder", "resolve", "sample_folder"]

_PACKAGE = Path(__file__).resolve().parent


def _asset(*parts: str) -> Path:
    for root in (_PACKAGE / "_assets", _PACKAGE.parent):
        if (found := root.joinpath(*parts)).is_dir():
            return found
    name = "/".join(parts)
    raise DataError(
        name, found="no such folder", expected="it beside or inside the package", fix="install cxlib again"
    )


def notebooks_folder() -> Path:
    """The folder that holds `monthly/`, `explore/` and `investigate.ipynb`.

    Raises
    ------
    DataError
        If the installation has none.

    Examples
    --------
    >>> (notebooks_folder() / "monthly").name
    'monthly'
    """
    return _asset("notebooks")


def sample_folder() -> Path:
    """The folder of the sample company.

    Raises
    ------
    DataError
        If the installation has none.

    Examples
    --------
    >>> sample_folder().name
    'sample'
    """
    return _asset("data", "sample")


def resolve(where: str | Path) -> Path:
    """A path as a notebook means it: relative to `CXLIB_ROOT` where that is set, else to the working folder.

    Parameters
    ----------
    where : str or Path
        A file or folder; absolute ones are kept.

    Examples
    --------
    >>> resolve("/data").as_posix()
    '/data'
    """
    path = Path(where).expanduser()
    root = os.environ.get("CXLIB_ROOT", "")
    return Path(root) / path if root and not path.is_absolute() else path
