"""One writer at a time: a lock that the kernel releases when its holder dies, however it dies."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from cxlib.errors import CannotWriteError, LockedError

__all__ = ["locked"]

_PAUSE = 0.05


@contextmanager
def locked(path: Path, *, what: str, wait: float = 0.0) -> Iterator[None]:
    """Hold an exclusive lock on a file for the length of the block.

    Parameters
    ----------
    path : Path
        The lock file; it stays and tells who held it last.
    what : str
        What it guards, for the message.
    wait : float
        Seconds to wait for another holder.

    Raises
    ------
    LockedError
        If another process still holds it.
    CannotWriteError
        If the file cannot be made.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder, locked(Path(folder) / "2020-02", what="month"):
    ...     (Path(folder) / "2020-02").read_text().startswith(f"pid {os.getpid()} since ")
    True
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("a+", encoding="utf-8")
    except OSError as error:
        raise CannotWriteError(
            path.as_posix(),
            found=str(error.strerror),
            expected="a file that can be locked",
            fix="choose a folder that can be written",
        ) from error
    with file:
        _acquire(file, what, wait)
        file.seek(0)
        file.truncate()
        file.write(f"pid {os.getpid()} since {_started()}\n")
        file.flush()
        yield


def _acquire(file: IO[str], what: str, wait: float) -> None:
    """Take the lock, or tell who has it."""
    give_up = time.monotonic() + wait
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() < give_up:
                time.sleep(_PAUSE)
                continue
            file.seek(0)
            raise LockedError(
                what,
                found=f"locked by {file.read().strip() or 'another process'}",
                expected="no other process at work on it",
                fix="wait for it to end, or give --wait SECONDS",
            ) from None
        return


def _started() -> str:
    """When this lock was taken, for the message of the next one; it reaches no output."""
    return datetime.fromtimestamp(time.clock_gettime(time.CLOCK_REALTIME), tz=UTC).strftime(
        "%Y-%m-%d %H:%M:%S UTC"
    )
