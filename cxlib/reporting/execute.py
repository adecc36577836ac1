"""Run the monthly notebooks, each in a process of its own, in parallel and within its time."""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cxlib.errors import CannotWriteError, NotebookError
from cxlib.reporting.accessible import Heading, Mended
from cxlib.reporting.complete import check_complete, stopped_at
from cxlib.reporting.kernel import kernel_environment
from cxlib.reporting.notebook import read_notebook
from cxlib.text import quote

__all__ = ["Job", "Page", "run_jobs"]

_GRACE_SECONDS = 10
_NO_ROOM = {28: "ENOSPC", 27: "EFBIG", 122: "EDQUOT"}


@dataclass(frozen=True, slots=True)
class Job:
    """One notebook to run.

    Parameters
    ----------
    source, target : Path
        The notebook, and where its executed copy goes.
    parameters : mapping of str to object
        Checked against those that it declares.
    place : Path
        A folder for this job's own files; not yet made.
    kept : str
        Where the executed copy can be seen if it fails.
    """

    source: Path
    target: Path
    parameters: Mapping[str, object]
    place: Path
    kept: str

    @property
    def name(self) -> str:
        """For messages: folder and file."""
        return f"{self.source.parent.name}/{self.source.name}"


@dataclass(frozen=True, slots=True)
class Page:
    """A notebook that ran to its end: its file name, its rendered body, what its end marker carries."""

    name: str
    body: Mended
    marker: Mapping[str, Any]


class _Running:
    """The processes of a run, so that one failure, a time limit or a signal can end them all."""

    def __init__(self, timeout: float) -> None:
        self._timeout = timeout
        self._processes: list[subprocess.Popen[bytes]] = []
        self._over = False

    def run(self, job: Job) -> Page:
        """Start the process of one notebook, wait for it, and judge what it left."""
        order = job.place / "order.json"
        result = job.place / "result.json"
        job.place.mkdir(parents=True)
        paths = {"source": str(job.source), "target": str(job.target), "result": str(result)}
        order.write_text(json.dumps(paths | {"parameters": dict(job.parameters)}), encoding="utf-8")
        with (job.place / "stderr.txt").open("wb") as stderr:
            process = subprocess.Popen(  # noqa: S603 - our own interpreter and module, no shell
                [sys.executable, "-m", "cxlib.reporting.worker", str(order)],
                env=kernel_environment(job.place),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=stderr,
            )
        self._processes.append(process)
        if self._over:
            _end(process)
        try:
            process.wait(timeout=self._timeout)
        except subprocess.TimeoutExpired:
            _end(process)
            raise _failed(job, f"no end after {self._timeout / 60:g} minutes") from None
        return _judge(job, json.loads(result.read_text(encoding="utf-8")) if result.is_file() else {})

    def end(self) -> None:
        """End every process; the kernels see that their parents are gone and end too."""
        self._over = True
        for process in self._processes:
            _end(process)


def run_jobs(jobs: Sequence[Job], *, at_once: int, timeout: float) -> list[Page]:
    """Run notebooks in parallel; the first failure ends the others.

    Parameters
    ----------
    jobs : sequence of Job
        In the order in which they start.
    at_once : int
        How many run at a time.
    timeout : float
        Seconds that one notebook may take.

    Returns
    -------
    list of Page
        In the order of the jobs, each proved complete.

    Raises
    ------
    NotebookError
        If one does not start, raises, dies, takes too long or ends before its end.
    CannotWriteError
        If there is no room for its executed copy.
    """
    running = _Running(timeout)
    with ThreadPoolExecutor(max_workers=at_once) as pool:
        waiting = [pool.submit(running.run, job) for job in jobs]
        try:
            finished, _ = wait(waiting, return_when=FIRST_EXCEPTION)
            failed = [one for one in waiting if one in finished and one.exception() is not None]
            return [one.result() for one in failed or waiting]
        except BaseException:  # SIGTERM among them: no process outlives the run
            for one in waiting:
                one.cancel()
            running.end()
            raise


def _end(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(timeout=_GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _judge(job: Job, result: Mapping[str, Any]) -> Page:
    """The page, or the error that says why there is none."""
    if result.get("errno") in _NO_ROOM:
        size = job.target.stat().st_size if job.target.is_file() else 0
        raise CannotWriteError(
            job.target.parent.parent.parent.as_posix(),
            found=f"{_NO_ROOM[result['errno']]} while running {job.name}",
            expected=f"room for more than {size} bytes",
            hint="Nothing was published.",
            fix="make room, or choose another --out",
        )
    if "html" not in result:
        raise _failed(job, str(result.get("found") or _last_words(job)))
    marker = check_complete(read_notebook(job.target), job.name, kept=job.kept)
    headings = tuple(Heading(*heading) for heading in result["headings"])
    return Page(f"{job.source.stem}.html", Mended(result["html"], result["title"], headings), marker)


def _last_words(job: Job) -> str:
    """What a process that left no result said last."""
    lines = (job.place / "stderr.txt").read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return f"a process that ended early, saying {quote(lines[-1] if lines else '', longest=200)}"


def _failed(job: Job, found: str) -> NotebookError:
    """The error, with the cell at which the executed copy stops."""
    number = stopped_at(read_notebook(job.target)) if job.target.is_file() else None
    return NotebookError(
        f"{job.name} cell {number}" if number else job.name,
        found=found,
        expected="every cell to run",
        hint="Nothing was published.",
        fix=f"see {job.kept}",
    )
