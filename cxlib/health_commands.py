"""The commands about the health of accounts: parse, call, print."""

from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from cxlib import options
from cxlib.output import print_json, print_said, print_text

if TYPE_CHECKING:
    from cxlib.data.dataset import Dataset

__all__ = ["health_app"]


class _ListFirst(TyperGroup):
    """`cxlib health` with options but no command lists."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - click as Typer carries it
        """Put the usual command before its options."""
        if not args or (args[0].startswith("-") and args[0] != "--help"):
            args = ["list", *args]
        return super().parse_args(ctx, args)


health_app = typer.Typer(help="How accounts fare, and what that says of who leaves.", cls=_ListFirst)
Account = Annotated[str, typer.Argument(help="Its id.")]
Freeze = Annotated[bool, typer.Option("--freeze", help="Write the references into cxlib.toml.")]
Churn = Annotated[
    int, typer.Option("--churn", metavar="MONTHS", help="Forecast who leaves within so many months.")
]
Worklists = Annotated[
    bool, typer.Option("--opportunities", help="Renewals at risk, overdue ones, accounts that may grow.")
]
Before = Annotated[str, typer.Option("--before", metavar="DATE", help="The earlier date.")]
Previous = Annotated[
    str, typer.Option("--previous", metavar="FOLDER", help="A published month, to tell what is restated.")
]
Group = Annotated[
    str, typer.Option("--by", metavar="COLUMN", help="csm, team or another column of accounts.")
]
ByRevenue = Annotated[bool, typer.Option("--arr", help="Weigh accounts by ARR.")]
Fit = Annotated[bool, typer.Option("--fit", help="Draw the weights towards the churn seen.")]
Write = Annotated[bool, typer.Option("--write", help="With --fit: write them into cxlib.toml.")]
ShapeOf = Annotated[
    str, typer.Option("--shape", metavar="METRIC", help="Test this metric's shape against a free curve.")
]
Overridden = Annotated[str, typer.Argument(help="Whom to override; left out: list and check overrides.")]
Band = Annotated[str, typer.Option(metavar="BAND", help="champion, healthy, needs_attention or danger.")]
Author = Annotated[str, typer.Option(metavar="NAME", help="Who says so.")]
Reason = Annotated[str, typer.Option(metavar="TEXT", help="Why.")]
Until = Annotated[str, typer.Option(metavar="DATE", help="When it ends; 90 days are a good life.")]


@health_app.command(
    "list",
    epilog=options.examples("cxlib health list --data data/sample", "cxlib health --opportunities --json"),
)
def list_(
    *,
    churn: Churn = 0,
    opportunities: Worklists = False,
    freeze: Freeze = False,
    data: options.Data = ".",
    config: options.Config = "",
    as_of: options.AsOf = "",
    json_: options.Json = False,
    quiet: options.Quiet = False,
    debug: options.Debug = False,
) -> None:
    """Score every account, worst first, with its band and how much is known."""
    loaded = options.load_data(data, config, as_of)
    from cxlib.reporting import terminal_health

    if freeze:
        from cxlib.health.freeze import freeze_references
        from cxlib.health.score import score_health

        done = freeze_references(loaded, score_health(loaded), options.settings_file(data, config))
        print_said("health", {"text": [done]}, done, json_=json_, quiet=quiet, data=loaded)
        return
    if churn:
        from cxlib.health.ahead import forecast_churn

        found: Any = forecast_churn(loaded, months=churn)
    elif opportunities:
        from cxlib.health.portfolio import find_opportunities

        found = find_opportunities(loaded)
    else:
        from cxlib.health.score import score_health

        found = score_health(loaded)
    _print(loaded, found, terminal_health.page(found), json_=json_, quiet=quiet)


@health_app.command("explain", epilog=options.examples("cxlib health explain B-0017 --data data/sample"))
def explain(
    account: Account,
    *,
    data: options.Data = ".",
    config: options.Config = "",
    as_of: options.AsOf = "",
    json_: options.Json = False,
    quiet: options.Quiet = False,
    debug: options.Debug = False,
) -> None:
    """Say what the score of one account is made of."""
    loaded = options.load_data(data, config, as_of)
    from cxlib.health.explain import explain_score
    from cxlib.health.score import score_health
    from cxlib.reporting import terminal_health

    told = explain_score(score_health(loaded), account)
    head = {"account": told.account, "score": told.score, "base": told.base, "band": told.band}
    _print(loaded, told, terminal_health.explained(told, loaded), json_=json_, quiet=quiet, head=head)


@health_app.command(
    "movement", epilog=options.examples("cxlib health movement --before 2020-02-01 --as-of 2020-03-01")
)
def movement(
    *,
    before: Before = "",
    previous: Previous = "",
    data: options.Data = ".",
    config: options.Config = "",
    as_of: options.AsOf = "",
    json_: options.Json = False,
    quiet: options.Quiet = False,
    debug: options.Debug = False,
) -> None:
    """Say why scores moved since an earlier date, and whether only who is heard of has changed."""
    loaded = options.load_data(data, config, as_of)
    from cxlib.health.movement import compare_health
    from cxlib.reporting import terminal_health

    found = compare_health(loaded, before=before or None, previous=previous or None)
    _print(loaded, found, terminal_health.page(found), json_=json_, quiet=quiet)


@health_app.command(
    "rollup",
    epilog=options.examples("cxlib health rollup --by team --before 2020-02-01", "cxlib health rollup --arr"),
)
def rollup(
    *,
    by: Group = "csm",
    arr: ByRevenue = False,
    before: Before = "",
    data: options.Data = ".",
    config: options.Config = "",
    as_of: options.AsOf = "",
    json_: options.Json = False,
    quiet: options.Quiet = False,
    debug: options.Debug = False,
) -> None:
    """Roll scores up to managers, teams or segments, and say whether they differ at all."""
    loaded = options.load_data(data, config, as_of)
    from cxlib.health.portfolio import roll_up_health
    from cxlib.reporting import terminal_health

    found = roll_up_health(loaded, by=by, weight="arr" if arr else None, before=before or None)
    _print(loaded, found, terminal_health.page(found), json_=json_, quiet=quiet)


@health_app.command(
    "backtest",
    epilog=options.examples("cxlib health backtest --data data/sample", "cxlib health backtest --fit"),
)
def backtest(
    *,
    fit: Fit = False,
    write: Write = False,
    shape: ShapeOf = "",
    data: options.Data = ".",
    config: options.Config = "",
    as_of: options.AsOf = "",
    json_: options.Json = False,
    quiet: options.Quiet = False,
    debug: options.Debug = False,
) -> None:
    """Test whether the score tells who leaves, month by month, against what is naive."""
    loaded = options.load_data(data, config, as_of)
    from cxlib.health.ahead import backtest_health, compare_shapes, fit_health_weights
    from cxlib.reporting import terminal_health

    found: Any
    if shape:
        found = compare_shapes(loaded, shape)
    elif fit or write:
        found = fit_health_weights(loaded)
        if write:
            from cxlib.health.freeze import write_weights

            print_text(write_weights(found, options.settings_file(data, config)))
    else:
        found = backtest_health(loaded)
    _print(loaded, found, terminal_health.page(found), json_=json_, quiet=quiet)


@health_app.command(
    "override",
    epilog=options.examples(
        "cxlib health override",
        'cxlib health override B-0017 --band healthy --author ann --reason "New sponsor" --until 2020-09-30',
    ),
)
def override(
    account: Overridden = "",
    *,
    band: Band = "",
    author: Author = "",
    reason: Reason = "",
    until: Until = "",
    data: options.Data = ".",
    config: options.Config = "",
    as_of: options.AsOf = "",
    wait: options.Writer = 10.0,
    json_: options.Json = False,
    quiet: options.Quiet = False,
    debug: options.Debug = False,
) -> None:
    """Say otherwise than the model of one account; without an account list overrides and check them."""
    if account:
        from cxlib.health.overriding import add_override

        done = add_override(
            data,
            account,
            band=band,
            author=author or None,
            reason=reason or None,
            expires_at=options.instant(until),
            set_at=options.instant(as_of),
            config=config or None,
            wait=wait,
        )
        print_said("health", done.to_dict(), done.text, json_=json_, quiet=quiet)
        return
    loaded = options.load_data(data, config, as_of)
    from cxlib.health.override_review import check_overrides
    from cxlib.health.overrides import read_overrides
    from cxlib.reporting import terminal_health

    listed, checked = read_overrides(loaded), check_overrides(loaded)
    page = "\n\n".join([terminal_health.page(listed), terminal_health.page(checked)])
    head = {"review": checked.to_dict()}
    _print(loaded, listed, page, json_=json_, quiet=quiet, head=head)


def _print(
    data: "Dataset",
    found: Any,  # noqa: ANN401 - a result
    page: str,
    *,
    json_: bool,
    quiet: bool,
    head: dict[str, Any] | None = None,
) -> None:
    """A result as one object or as a page."""
    if json_:
        said = found.to_dict()
        print_json("health", data, said["rows"], found.caveats, {**(head or {}), "text": said["text"]})
    elif not quiet:
        print_text(page)
