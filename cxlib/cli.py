"""The command line: parse, call, print. Thin over the public functions; heavy imports wait inside."""

import json
import os
import sys
from typing import TYPE_CHECKING, Annotated, Any

os.environ.setdefault("TYPER_USE_RICH", "0")  # rich doubles the start of --help
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # small matrices: threads would wait for each other

import typer

from cxlib import options
from cxlib.health_commands import health_app
from cxlib.output import print_json, print_said

if TYPE_CHECKING:
    from cxlib.errors import CxError

__all__ = ["main"]


app = typer.Typer(
    name="cxlib",
    epilog="Exit codes: 0 ok · 1 bug · 2 usage or configuration · 3 data refused · 4 locked · "
    "5 cannot write · 6 notebook failed · 10 yellow, 11 red (only with --fail-on).",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
init_app = typer.Typer(help="Lay out a project.", no_args_is_help=True)
app.add_typer(init_app, name="init")
log_app = typer.Typer(help="Write the change log, criticise it, bring changes in.", no_args_is_help=True)
app.add_typer(log_app, name="log")
app.add_typer(health_app, name="health")


def _show_version(value: bool) -> None:  # noqa: FBT001 - the form that a callback of Typer has
    if value:
        from cxlib import __version__

        typer.echo(f"cxlib {__version__}")
        raise typer.Exit


@app.callback()
def _common(
    *,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_show_version, is_eager=True)
    ] = False,
) -> None:
    """Customer-experience metrics that can be defended, and which release moved them."""


@init_app.command("demo", epilog=options.examples("cxlib init demo", "cxlib init demo trial"))
def init_demo(folder: options.Folder = "demo", *, debug: options.Debug = False) -> None:
    """Copy the sample company with its notebooks; nothing is overwritten."""
    from pathlib import Path

    from cxlib.demo import write_demo

    made = write_demo(Path(folder))
    typer.echo(f"{made}: try `cd {made} && cxlib report --data data --month 2020-02 --out reports`")


@app.command(epilog=options.examples("cxlib doctor", "cxlib doctor --data data/sample --out reports"))
def doctor(
    *,
    data: options.Data = ".",
    config: options.Config = "",
    out: options.Out = "reports",
    json_: options.Json = False,
    debug: options.Debug = False,
) -> None:
    """Check the installation: packages, kernel, settings and zone, output folder, engine."""
    from pathlib import Path

    from cxlib.doctor import examine

    checks = examine(Path(data), Path(out), config=Path(config) if config else None)
    if json_:
        rows = [{"check": c.name, "ok": c.ok, "found": c.found, "fix": c.fix} for c in checks]
        print_json("doctor", None, rows)
    else:
        from cxlib.reporting.layout import wrapped

        for c in checks:
            typer.echo(wrapped([f"{'ok   ' if c.ok else 'FAULT'} {c.name}: {c.found}"], indent="      "))
            if not c.ok:
                typer.echo(wrapped([f"      Fix: {c.fix}."], indent="      "))
    raise typer.Exit(0 if all(c.ok for c in checks) else 2)


@app.command(epilog=options.examples("cxlib check --data data/sample", "cxlib check --data exports --json"))
def check(
    *,
    data: options.Data = ".",
    config: options.Config = "",
    as_of: options.AsOf = "",
    json_: options.Json = False,
    quiet: options.Quiet = False,
    debug: options.Debug = False,
) -> None:
    """Say what the data hold: rows used, quarantined, hidden; which metrics they allow, and why not."""
    loaded = options.load_data(data, config, as_of)
    from cxlib.metrics.measure import list_metrics
    from cxlib.reporting import terminal

    catalogue = list_metrics(loaded)
    if json_:
        print_json("check", loaded, terminal.check_rows(loaded, catalogue), loaded.caveats)
    elif not quiet:
        typer.echo(terminal.checked(loaded, catalogue))


@app.command(epilog=options.examples("cxlib metrics", "cxlib metrics nps --data data/sample"))
def metrics(
    name: options.Name = "",
    *,
    data: options.AboutData = "",
    config: options.Config = "",
    json_: options.Json = False,
    debug: options.Debug = False,
) -> None:
    """List the catalogue, or print one definition."""
    loaded = options.load_data(data, config, "") if data else None
    from cxlib.reporting import terminal

    rows = terminal.catalogue_rows(loaded, name)
    if json_:
        print_json("metrics", loaded, rows)
    else:
        typer.echo(terminal.catalogued(rows, name))


@app.command(
    epilog=options.examples(
        "cxlib measure --data data/sample --metric nps --by plan",
        "cxlib measure --data data/sample --all --freq D,W,M --by channel --by reason --json",
    )
)
def measure(
    *,
    metric: options.Metrics = [],  # noqa: B006 - Typer copies it
    all_: options.All = False,
    freq: options.Freq = "M",
    by: options.By = [],  # noqa: B006 - Typer copies it
    data: options.Data = ".",
    config: options.Config = "",
    as_of: options.AsOf = "",
    from_: options.From = "",
    to: options.To = "",
    json_: options.Json = False,
    quiet: options.Quiet = False,
    debug: options.Debug = False,
) -> None:
    """Compute metrics by period and segment, with intervals and status."""
    start, end = options.period(from_, to)
    names = options.chosen(metric, all_=all_)
    loaded = options.load_data(data, config, as_of)
    from cxlib.metrics.cuts import measure_cuts
    from cxlib.reporting import terminal

    cuts = [options.words(cut) for cut in by]
    if names is None or not cuts:
        cuts = [(), *cuts]
    frames = measure_cuts(loaded, names, freqs=options.grains(freq), cuts=cuts, start=start, end=end)
    if json_:
        rows = [row for frame in frames for row in terminal.measured_rows(frame)]
        print_json("measure", loaded, rows, (caveat for frame in frames for caveat in frame.caveats))
    elif not quiet:
        typer.echo("\n\n".join(terminal.measured(frame) for frame in frames))


@app.command(
    epilog=options.examples(
        "cxlib find-shifts --data data/sample --metric survey_sends --from 2020-01-01 --to 2020-03-01",
        "cxlib find-shifts --data data/sample --metric nps --metric csat --by plan --q 0.05 --json",
    )
)
def find_shifts(
    *,
    metric: options.Metrics = [],  # noqa: B006 - Typer copies it
    by: options.Columns = [],  # noqa: B006 - Typer copies it
    q: options.Accepted = 0.10,
    data: options.Data = ".",
    config: options.Config = "",
    as_of: options.AsOf = "",
    from_: options.From = "",
    to: options.To = "",
    json_: options.Json = False,
    quiet: options.Quiet = False,
    debug: options.Debug = False,
) -> None:
    """Say which metrics have moved, whole or in a segment: since when, by how much, and how sure."""
    start, end = options.period(from_, to)
    loaded = options.load_data(data, config, as_of)
    from cxlib.changes.shifts import find_shifts as scan

    columns = tuple(part for cut in by for part in options.words(cut))
    found = scan(loaded, metric or None, by=columns, start=start, end=end, q=q)
    if json_:
        print_json("find_shifts", loaded, found.to_dict()["rows"], found.caveats)
    elif not quiet:
        from cxlib.reporting import terminal

        typer.echo(terminal.shifted(found))


@app.command(
    epilog=options.examples(
        "cxlib investigate --data data/sample --metric nps --from 2020-01-01 --to 2020-03-01",
        "cxlib investigate --data data/sample --metric nps --explain A-7 --json",
    )
)
def investigate(
    *,
    metric: options.Metric = "nps",
    by: options.By = [],  # noqa: B006 - Typer copies it
    explain: options.Explain = "",
    data: options.Data = ".",
    config: options.Config = "",
    as_of: options.AsOf = "",
    from_: options.From = "",
    to: options.To = "",
    json_: options.Json = False,
    quiet: options.Quiet = False,
    debug: options.Debug = False,
) -> None:
    """Say which logged change moved a metric, if any, and whether the audience or the service changed."""
    start, end = options.period(from_, to)
    loaded = options.load_data(data, config, as_of)
    from cxlib.changes.investigate import investigate as ask

    columns = tuple(part for cut in by for part in options.words(cut))
    found = ask(loaded, metric, by=columns, start=start, end=end, explain=explain or None)
    if json_:
        typer.echo(json.dumps(found.to_dict(), ensure_ascii=False, allow_nan=False))
    elif not quiet:
        from cxlib.reporting import terminal_finding

        typer.echo(terminal_finding.investigated(found))


@log_app.command(
    "add",
    epilog=options.examples(
        'cxlib log add "Search ranks by price" --component search',
        "cxlib log add --id R-118 --reverted-at 2020-02-26",
    ),
)
def log_add(
    title: options.Title = "",
    *,
    at: options.At = "",
    component: options.Component = "",
    kind: options.Kind = "release",
    change_id: options.ChangeId = "",
    description: options.Description = "",
    scope: options.Scope = "",
    rollout_end_at: options.RolloutEnd = "",
    reverted_at: options.Reverted = "",
    uncertain_days: options.Uncertain = None,
    data: options.Data = ".",
    config: options.Config = "",
    wait: options.Writer = 10.0,
    json_: options.Json = False,
    quiet: options.Quiet = False,
    debug: options.Debug = False,
) -> None:
    """Write a change into the log, as of now; or the end of one that stands there, by its id."""
    from cxlib.changes.log.add import add_change

    done = add_change(
        data,
        title or None,
        released_at=options.instant(at or ("now" if title else "")),
        component=component or None,
        kind=kind,
        change_id=change_id or None,
        description=description or None,
        scope=scope or None,
        rollout_end_at=options.instant(rollout_end_at),
        reverted_at=options.instant(reverted_at),
        uncertain_days=uncertain_days,
        config=config or None,
        wait=wait,
    )
    print_said("log", done.to_dict(), done.text, json_=json_, quiet=quiet)


@log_app.command(
    "lint",
    epilog=options.examples("cxlib log lint --data data/sample", "cxlib log lint --fail-on red --metric nps"),
)
def log_lint(
    *,
    fail_on: options.FailOn = "",
    metric: options.AskedMetric = "",
    data: options.Data = ".",
    config: options.Config = "",
    as_of: options.AsOf = "",
    json_: options.Json = False,
    quiet: options.Quiet = False,
    debug: options.Debug = False,
) -> None:
    """Criticise the log: what it can decide, what it cannot, and how to mend it."""
    level = options.failing(fail_on)
    loaded = options.load_data(data, config, as_of)
    from cxlib.changes.log.lint import lint_log

    found = lint_log(loaded, metric=metric or None)
    print_said("log", found.to_dict(), found.text, json_=json_, quiet=quiet, data=loaded)
    raise typer.Exit(options.exit_of(found.worst, level))


@log_app.command(
    "import",
    epilog=options.examples(
        "cxlib log import CHANGELOG.md --data data", "cxlib log import releases.json --dry-run"
    ),
)
def log_import(
    file: options.Source,
    *,
    format_: options.Format = "",
    dry_run: options.DryRun = False,
    data: options.Data = ".",
    config: options.Config = "",
    wait: options.Writer = 10.0,
    json_: options.Json = False,
    quiet: options.Quiet = False,
    debug: options.Debug = False,
) -> None:
    """Bring the changes of a file into the log; what is there already stays as it is."""
    from cxlib.changes.log.bring import import_log

    found = import_log(file, data, format=format_ or None, dry_run=dry_run, config=config or None, wait=wait)
    print_said("log", found.to_dict(), found.text, json_=json_, quiet=quiet)


@app.command(
    epilog=options.examples(
        "cxlib report --data data/sample --month 2020-02 --out reports",
        "cxlib report --data exports --month last --as-of now --wait 600",
    )
)
def report(
    *,
    month: options.Month = "last",
    data: options.Data = ".",
    out: options.Out = "reports",
    config: options.Config = "",
    as_of: options.AsOf = "",
    notebooks: options.Notebooks = "",
    force: options.Force = False,
    wait: options.Wait = 0.0,
    jobs: options.Jobs = 2,
    json_: options.Json = False,
    quiet: options.Quiet = False,
    debug: options.Debug = False,
) -> None:
    """Run the monthly notebooks and publish the report in one step; unchanged input says so."""
    from cxlib.reporting.run import run_report

    done = run_report(
        data,
        month=month,
        out=out,
        config=config or None,
        as_of=options.instant(as_of),
        notebooks=notebooks or None,
        force="always" if force else "when_changed",
        wait=wait,
        jobs=jobs,
    )
    if json_:
        typer.echo(json.dumps({"schema": "cxlib.report/1"} | done.to_dict(), ensure_ascii=False, default=str))
    elif not quiet:
        typer.echo(done.text)


def main(argv: list[str] | None = None) -> int:
    """Run one command and return its exit code; a fault is one line for people.

    Parameters
    ----------
    argv : list of str, optional
        Words of the command line; default: those of the process.

    Returns
    -------
    int
        0 ok, 1 a bug, else the code of the fault (`cxlib --help` lists them).

    Examples
    --------
    >>> main(["measure"])
    2
    """
    words = sys.argv[1:] if argv is None else argv
    from typer.exceptions import TyperException

    from cxlib.errors import CxError

    try:
        code = app(words, prog_name="cxlib", standalone_mode=False)
    except TyperException as error:
        return _complain(_usage_line(error), 2)
    except CxError as error:
        return _refuse(error, words)
    except (KeyboardInterrupt, typer.Abort):
        return 130
    except BrokenPipeError:  # the reader of our output has left
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        if "--debug" in words:
            raise
        said = f"{type(error).__name__}: {error}"
        return _complain(f"cxlib: a bug: {said}. Fix: run it again with --debug and report the traceback.", 1)
    return code if isinstance(code, int) else 0


def _refuse(error: "CxError", words: list[str]) -> int:
    if "--debug" in words:
        import traceback

        traceback.print_exc()
    if "--json" in words:
        body = {"schema": "cxlib.error/1"} | error.to_dict()
        return _complain(json.dumps(body, ensure_ascii=False), error.exit_code)
    return _complain(str(error), error.exit_code)


def _usage_line(error: Any) -> str:  # noqa: ANN401 - Typer's own error family
    if str(error.message).startswith("Usage:"):
        return str(error.message)
    possible = getattr(error, "possibilities", None) or []
    hint = f" Did you mean {possible[0]!r}?" if possible else ""
    said = str(error.message)
    stop = "" if said.endswith(("?", ".")) else "."
    command = getattr(getattr(error, "ctx", None), "command_path", "cxlib")
    return f"{said}{stop}{hint} Fix: run `{command} --help`."


def _complain(line: str, code: int) -> int:
    typer.echo(line, err=True)
    return code


if __name__ == "__main__":
    sys.exit(main())
