"""A file is written whole or not at all."""

import errno
import os
import shutil
from pathlib import Path

from cxlib.errors import CannotWriteError

__all__ = ["cannot_write", "sync_folder", "write_file"]


def cannot_write(
    path: Path, error: OSError, *, needed: int = 0, hint: str = "What lay there before is intact."
) -> CannotWriteError:
    """The error of a failed write.

    Parameters
    ----------
    path : Path
        What could not be written.
    error : OSError
        Why.
    needed : int
        Bytes, where known.
    hint : str
        What became of the whole.
    """
    room = f" and {needed} bytes of room" if needed else ""
    return CannotWriteError(
        path.as_posix(),
        found=f"{errno.errorcode.get(error.errno or 0, 'error')} ({error.strerror})",
        expected=f"a place that can be written{room}",
        hint=hint,
        fix="make room, or choose another place",
    )


def write_file(path: Path, content: bytes) -> None:
    """Write a file so that it is whole or not there: temporary file, fsync, rename, fsync of the folder.

    Parameters
    ----------
    path : Path
        Where it goes; its folder exists. A file that lay there hands on its permissions.
    content : bytes
        What it holds.

    Raises
    ------
    CannotWriteError
        If it cannot be written; what lay there before is intact.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            shutil.copymode(path, temporary)
        temporary.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise cannot_write(path, error, needed=len(content)) from error


def sync_folder(folder: Path) -> None:
    """Make the names in a folder last, whatever happens to the machine."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
