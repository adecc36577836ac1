"""The monthly run: check, stage, run every notebook, prove it complete, publish in one step."""

import shutil
import signal
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from cxlib.assets import notebooks_folder, resolve
from cxlib.data.dataset import Dataset
from cxlib.data.read import load
from cxlib.data.whole_files import write_file
from cxlib.errors import LockedError, NotebookError, UsageError
from cxlib.reporting import notebook as notebooks_
from cxlib.reporting.execute import Job, Page, run_jobs
from cxlib.reporting.index import Origin, render_index
from cxlib.reporting.manifest import command, identity, manifest, portable
from cxlib.reporting.month import ReportMonth, check_month, settle
from cxlib.reporting.page import render_page
from cxlib.reporting.publish import (
    MANIFEST,
    alone,
    digests,
    finish_interrupted,
    publish,
    published_manifest,
    staging,
    unfinished_months,
    writable,
    write_json,
)
from cxlib.reporting.quality import data_quality
from cxlib.text import format_count, quote

__all__ = ["Report", "run_report"]


@dataclass(frozen=True, slots=True)
class Report:
    """A published month.

    Parameters
    ----------
    path : Path
        Its folder; the first page is ``index.html``.
    status : {"published", "unchanged"}
        Unchanged: the same inputs had been reported before, nothing was run.
    manifest : mapping
        What it was made from, and the SHA-256 of every file.
    """

    path: Path
    status: Literal["published", "unchanged"]
    manifest: Mapping[str, Any]

    @property
    def text(self) -> str:
        """What happened, and last the first page's path with the finding."""
        first = f"{self.manifest['month']}: {self.status}, revision {self.manifest['revision']}"
        pages = format_count(sum(name.endswith(".html") for name in self.manifest["files"]))
        return f"{first}, {pages} pages.\n{(self.path / 'index.html').as_posix()}: {self.manifest['finding']}"

    def __repr__(self) -> str:
        return self.text

    def to_dict(self) -> dict[str, Any]:
        """Path, status and manifest as plain values."""
        return {"path": self.path.as_posix(), "status": self.status, "manifest": dict(self.manifest)}


@dataclass(frozen=True, slots=True)
class _Plan:
    """All that is known before the first cell runs."""

    where: str
    config: str
    out: Path
    month: ReportMonth
    data: Dataset
    sources: tuple[Path, ...]
    parameters: Mapping[str, Mapping[str, object]]
    identity: str

    @property
    def target(self) -> Path:
        return self.out / self.month.label


def run_report(  # noqa: PLR0913 - the options of one command
    where: str | Path,
    *,
    month: str = "last",
    out: str | Path = "reports",
    notebooks: str | Path | None = None,
    config: str | Path | None = None,
    as_of: Any = None,  # noqa: ANN401 - whatever `load` takes
    force: Literal["when_changed", "always"] = "when_changed",
    wait: float = 0.0,
    jobs: int = 2,
) -> Report:
    """Run the monthly notebooks on data and publish the report of one month, whole or not at all.

    Parameters
    ----------
    where : str or Path
        What `load` takes: a folder or a file.
    month : str
        ``YYYY-MM``, or ``last`` for the last month that was over at `as_of`.
    out : str or Path
        Folder of the reports; the month's folder is made inside.
    notebooks : str, Path or None
        Folder of the monthly notebooks; None: those of the package.
    config : str, Path or None
        Settings; None: ``cxlib.toml`` beside the data.
    as_of : str, date, datetime or None
        The data are seen at this instant; None: at their own end.
    force : {"when_changed", "always"}
        Whether to run although the same inputs are published already.
    wait : float
        Seconds to wait for another run of the same month.
    jobs : int
        How many notebooks run at a time.

    Returns
    -------
    Report
        Published, or unchanged.

    Raises
    ------
    UsageError
        If the month, a notebook or a parameter is not as it must be; nothing was run.
    DataError, DataRefusedError
        If the data cannot be used.
    LockedError
        If another run of the same month is under way.
    CannotWriteError
        If the reports cannot be written; found before anything is computed where possible.
    NotebookError
        If a notebook did not run to its end; it is kept under ``.failed``, nothing was published.

    Examples
    --------
    >>> run_report("data", month="2020-13")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    cxlib.errors.UsageError: --month: found '2020-13', expected YYYY-MM (such as 2020-02) or last. ...
    """
    check_month(month)
    _check_choices(force, jobs)
    folder = resolve(notebooks) if notebooks is not None else notebooks_folder() / "monthly"
    sources = tuple(notebooks_.monthly_notebooks(folder))
    declared = {path.name: _declared(path) for path in sources}
    target = Path(out)
    writable(target)
    data = load(where, as_of=as_of, config=config)
    seen = settle(data, month)
    given = {
        "month": seen.label,
        "data": str(resolve(where).absolute()),
        "as_of": seen.as_of.isoformat(),
        "config": str(resolve(config).absolute()) if config is not None else "",
    }
    parameters = notebooks_.check_parameters(given, declared)
    data = data.at(seen.as_of)
    plan = _Plan(
        str(where),
        str(config or ""),
        target,
        seen,
        data,
        sources,
        parameters,
        identity(data, seen, sources),
    )
    with _ends_on_sigterm(), alone(target, seen.label, wait=wait):
        _sweep(target, seen.label)
        published = published_manifest(plan.target)
        if published and published["identity"] == plan.identity and force == "when_changed":
            return Report(plan.target, "unchanged", published)
        return Report(plan.target, "published", _make(plan, published, jobs))


def _check_choices(force: str, jobs: int) -> None:
    if force not in {"when_changed", "always"}:
        raise UsageError(
            "force", found=quote(force), expected="'when_changed' or 'always'", fix="use one of the two"
        )
    if jobs < 1:
        raise UsageError("--jobs", found=str(jobs), expected="at least 1", fix="give a whole number from 1")


def _declared(path: Path) -> dict[str, Any]:
    """The parameters of a notebook whose name can be a page's name."""
    plain = path.stem.replace("-", "").replace("_", "")
    if not (plain.isascii() and plain.isalnum()) or path.stem == "index":
        raise UsageError(
            "--notebooks",
            found=quote(path.name),
            expected="names of letters, digits, - and _, other than index.ipynb",
            fix="rename the notebook",
        )
    return dict(notebooks_.declared_parameters(notebooks_.read_notebook(path), path.name))


def _sweep(out: Path, month: str) -> None:
    """Finish what killed runs left: of this month, and of others that nobody is working on."""
    finish_interrupted(out, month)
    for other in unfinished_months(out):
        if other != month:
            with suppress(LockedError), alone(out, other):
                finish_interrupted(out, other)


@contextmanager
def _ends_on_sigterm() -> Iterator[None]:
    """Let SIGTERM end the run in order: kernels stopped, staging removed, exit status 143."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(number: int, frame: object) -> None:  # noqa: ARG001 - what signal calls
        raise SystemExit(128 + number)

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _make(plan: _Plan, published: Mapping[str, Any] | None, jobs: int) -> dict[str, Any]:
    """Run, prove, render and publish; the manifest of what is now in place."""
    with staging(plan.out, plan.month.label) as stage:
        pages = _run(plan, stage, jobs)
        again = published is not None and published["identity"] == plan.identity
        shown = {"month": plan.month.label, "data": portable(plan.where), "config": portable(plan.config)}
        facts = manifest(
            plan.data, plan.month, pages, identity=plan.identity, published=published, parameters=shown
        )
        site = stage / "site"
        _write_pages(plan, site, pages, facts)
        facts["files"] = digests(site)
        write_json(site / MANIFEST, facts)
        old = published["revision"] if published else 0
        previous = None if again else plan.out / ".previous" / f"{plan.month.label}-rev{old}"
        publish(site, plan.target, previous=previous)
    return facts


def _run(plan: _Plan, stage: Path, jobs: int) -> list[Page]:
    """Execute every notebook; what fails is kept where its error says."""
    failed = plan.out / ".failed" / plan.month.label
    work = [
        Job(
            source=path,
            target=stage / "executed" / path.name,
            parameters=plan.parameters[path.name],
            place=stage / "jobs" / path.stem,
            kept=(failed / path.name).as_posix(),
        )
        for path in plan.sources
    ]
    (stage / "executed").mkdir()
    minutes = float(plan.data.settings.report.get("timeout_minutes", 15))
    try:
        return run_jobs(work, at_once=jobs, timeout=60 * minutes)
    except NotebookError:
        shutil.rmtree(failed, ignore_errors=True)
        shutil.copytree(stage / "executed", failed)
        raise


def _write_pages(plan: _Plan, site: Path, pages: Sequence[Page], facts: Mapping[str, Any]) -> None:
    """Every page of a notebook, then the first page."""
    titles = {page.name: page.body.title for page in pages}
    for page in pages:
        html = render_page(
            page.body.html,
            title=page.body.title,
            kicker=f"Customer experience, {plan.month.title}",
            headings=page.body.headings,
            pages={"index.html": "Summary"} | titles,
            here=page.name,
        )
        write_file(site / page.name, html.encode())
    origin = Origin(
        command(plan.where, plan.config, plan.month),
        facts["fingerprint"],
        facts["settings"],
        facts["identity"],
        facts["revision"],
        facts["versions"],
        tuple(facts["changed"]),
    )
    write_file(site / "index.html", render_index(plan.month, data_quality(plan.data), pages, origin).encode())
