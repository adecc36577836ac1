"""Put a finished folder in place in one step: whole old or whole new, never something between."""

import ctypes
import errno
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from cxlib.data.locks import locked
from cxlib.data.whole_files import cannot_write, sync_folder, write_file

__all__ = [
    "MANIFEST",
    "alone",
    "digests",
    "finish_interrupted",
    "publish",
    "published_manifest",
    "staging",
    "unfinished_months",
    "writable",
    "write_json",
]

MANIFEST = "manifest.json"
_PREFIX = ".staging-"
_UNPUBLISHED = "Nothing was published."
_JOURNAL = ".publish-"
_AT_FDCWD = -100
_RENAME_EXCHANGE = 2


def alone(out: Path, month: str, *, wait: float = 0.0) -> AbstractContextManager[None]:
    """Nobody else works on a month for the length of a block.

    Parameters
    ----------
    out : Path
        Folder of the reports.
    month : str
        ``YYYY-MM``.
    wait : float
        Seconds to wait for another run of the same month.
    """
    return locked(out / ".locks" / month, what=f"month {month}", wait=wait)


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write an object with sorted keys, so that the same object is the same bytes."""
    write_file(path, (json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode())


def digests(folder: Path) -> dict[str, str]:
    """SHA-256 of every file of a folder but its manifest, by relative path."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != MANIFEST
    }


def published_manifest(folder: Path) -> dict[str, Any] | None:
    """The manifest of a published folder if every file is as it says, else None."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        whole = manifest["files"] == digests(folder)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return manifest if whole else None


@contextmanager
def staging(out: Path, month: str) -> Iterator[Path]:
    """A folder beside the published ones that is gone when the block ends.

    Parameters
    ----------
    out : Path
        Folder of the reports; made if missing.
    month : str
        For its name.

    Raises
    ------
    CannotWriteError
        If it cannot be made.
    """
    folder = out / f"{_PREFIX}{os.getpid()}-{month}"
    try:
        shutil.rmtree(folder, ignore_errors=True)
        (folder / "site").mkdir(parents=True)
    except OSError as error:
        raise cannot_write(folder, error, hint=_UNPUBLISHED) from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def publish(site: Path, target: Path, *, previous: Path | None) -> None:
    """Put `site` where `target` is, in one step, and keep what was there.

    Parameters
    ----------
    site : Path
        A finished folder on the same file system.
    target : Path
        The published folder; it may exist.
    previous : Path or None
        Where the old one goes; None: it is the same report and is removed.

    Raises
    ------
    CannotWriteError
        If the system refuses; the old folder is then in place.
    """
    try:
        if not target.exists():
            site.rename(target)
        elif _exchange(site, target):
            _put_away(site, previous)
        else:
            _two_renames(site, target, previous)
        sync_folder(target.parent)
    except OSError as error:
        raise cannot_write(target, error, hint=_UNPUBLISHED) from error


def _exchange(one: Path, other: Path) -> bool:
    """Swap two folders in one system call; False where the system or the file system has none."""
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if rename is None:
        return False
    if rename(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _RENAME_EXCHANGE) == 0:
        return True
    if ctypes.get_errno() in {errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EPERM}:
        return False
    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), str(other))


def _put_away(old: Path, previous: Path | None) -> None:
    if previous is None:
        shutil.rmtree(old)
        return
    previous.parent.mkdir(exist_ok=True)
    if previous.exists():
        shutil.rmtree(previous)
    old.rename(previous)


def _two_renames(site: Path, target: Path, previous: Path | None) -> None:
    """Two renames with a journal that `finish_interrupted` reads, where there is no exchange."""
    old = target.with_name(f"{_JOURNAL}old-{target.name}")
    waiting = target.with_name(f"{_JOURNAL}new-{target.name}")
    journal = target.with_name(f"{_JOURNAL}{target.name}.json")
    site.rename(waiting)
    names = {"old": old.name, "new": waiting.name, "target": target.name}
    write_json(journal, names | {"previous": previous.name if previous else None})
    target.rename(old)
    waiting.rename(target)
    _put_away(old, previous)
    journal.unlink()


def unfinished_months(out: Path) -> list[str]:
    """Months for which a run left a staging folder or a journal, finished or not.

    Parameters
    ----------
    out : Path
        Folder of the reports.
    """
    left = [path.name[-7:] for path in out.glob(f"{_PREFIX}*")]
    return sorted({*left, *(path.stem[-7:] for path in out.glob(f"{_JOURNAL}*.json"))})


def finish_interrupted(out: Path, month: str) -> None:
    """End what a killed run left open: complete a publication, sweep staging folders without an owner.

    Parameters
    ----------
    out : Path
        Folder of the reports.
    month : str
        The month whose lock is held.
    """
    journal = out / f"{_JOURNAL}{month}.json"
    if journal.is_file():
        _complete(out, json.loads(journal.read_text(encoding="utf-8")))
        journal.unlink()
    shutil.rmtree(out / f"{_JOURNAL}new-{month}", ignore_errors=True)
    for folder in out.glob(f"{_PREFIX}*-{month}"):
        if (
            folder.name != f"{_PREFIX}{os.getpid()}-{month}"
        ):  # this month's lock is ours: any other owner is dead
            _keep_revision(folder / "site", out, month)
            shutil.rmtree(folder, ignore_errors=True)


def _complete(out: Path, names: Mapping[str, str | None]) -> None:
    old, new, target = (out / str(names[key]) for key in ("old", "new", "target"))
    if not target.exists():
        (new if new.exists() else old).rename(target)
    elif new.exists() and not old.exists():
        target.rename(old)
        new.rename(target)
    if old.exists():
        previous = names["previous"]
        _put_away(old, out / ".previous" / previous if previous else None)


def _keep_revision(site: Path, out: Path, month: str) -> None:
    """After an exchange the staging folder holds the old report: it goes where it was to go."""
    old, current = published_manifest(site), published_manifest(out / month)
    if old and current and old.get("revision", 0) < current.get("revision", 0):
        _put_away(site, out / ".previous" / f"{month}-rev{old['revision']}")


def writable(out: Path) -> None:
    """Make the folder of the reports and prove that a file can be written there, before anything is computed.

    Parameters
    ----------
    out : Path
        Folder of the reports.

    Raises
    ------
    CannotWriteError
        If it cannot be made or written.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=out):
            pass
    except OSError as error:
        raise cannot_write(out, error, hint=_UNPUBLISHED) from error
