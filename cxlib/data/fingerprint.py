"""Hashes of files, remembered by path, size, time and inode, so that an unchanged file is read once."""

import hashlib
import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Final

__all__ = ["cache_folder", "file_hash"]

_MEMO: Final = "file-hashes.json"
_MOST: Final = 1_000


def cache_folder() -> Path | None:
    """Where things are remembered: `CXLIB_CACHE`, else ``cxlib`` in the user's cache folder; None: nowhere.

    ``CXLIB_CACHE=off`` means nowhere.

    Examples
    --------
    >>> folder = cache_folder()
    >>> folder is None or folder.is_absolute()
    True
    """
    if named := os.environ.get("CXLIB_CACHE", ""):
        return None if named == "off" else Path(named).absolute()
    if shared := os.environ.get("XDG_CACHE_HOME", ""):
        return Path(shared).absolute() / "cxlib"
    home = os.environ.get("HOME", "")
    return Path(home).absolute() / ".cache" / "cxlib" if home else None


def file_hash(path: Path) -> str:
    """SHA-256 of a file's content, in hexadecimal.

    A file whose path, size, times and inode are those of a remembered one has its hash; where the cache
    folder cannot be written, nothing is remembered.

    Parameters
    ----------
    path : Path
        A regular file.

    Raises
    ------
    OSError
        If it cannot be read.

    Examples
    --------
    >>> import os, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     os.environ["CXLIB_CACHE"] = folder
    ...     file = Path(folder, "a")
    ...     _ = file.write_bytes(b"abc")
    ...     print(file_hash(file)[:8], file_hash(file)[:8])
    ...     del os.environ["CXLIB_CACHE"]
    ba7816bf ba7816bf
    """
    key = _key(path)
    memo = _remembered()
    if key in memo:
        return memo[key]
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if _key(path) == key:  # it did not change while it was read
        _remember(dict(list(memo.items())[1 - _MOST :]) | {key: found})
    return found


def _key(path: Path) -> str:
    facts = path.stat()
    times = f"{facts.st_mtime_ns} {facts.st_ctime_ns}"
    return f"{path.resolve()} {facts.st_size} {times} {facts.st_dev} {facts.st_ino}"


def _remembered() -> dict[str, str]:
    folder = cache_folder()
    try:
        found = json.loads((folder / _MEMO).read_text("utf-8")) if folder else {}
    except (OSError, ValueError):
        return {}
    if not isinstance(found, dict):
        return {}
    return {str(key): str(value) for key, value in found.items()}


def _remember(memo: dict[str, str]) -> None:
    folder = cache_folder()
    if folder is None:
        return
    mine = folder / f".{_MEMO}.{os.getpid()}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        mine.write_text(json.dumps(memo), "utf-8")
        mine.replace(folder / _MEMO)  # whole or not at all: another process may read it now
    except OSError:
        with suppress(OSError):
            mine.unlink(missing_ok=True)
