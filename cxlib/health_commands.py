"""The commands about the health of accounts: parse, call, print."""

from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from cxlib import options
from cxlib.output import print_json, print_said, print_text

__all__ = ["health_app"]


class _ListFirst(TyperGroup):
    """`cxlib health` with options but no command lists."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - click as Typer carries it
        """Put the usual command before its options."""
        if not args or (args[0].startswith("-") and args[0] != "--help"):
            args = ["list", *args]
        return super().parse_args(ctx, args)


health_app = typer.Typer(help="How accounts fare: a score that explains itself.", cls=_ListFirst)
Account = Annotated[str, typer.Argument(help="Its id.")]
Freeze = Annotated[bool, typer.Option("--freeze", help="Write the references into cxlib.toml.")]


def _examples(*commands: str) -> str:
    return "\n\n".join(["Examples:", *commands])


@health_app.command(
    "list", epilog=_examples("cxlib health list --data data/sample", "cxlib health --as-of 2020-03-01 --json")
)
def list_(
    *,
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
    from cxlib.health.score import score_health

    scores = score_health(loaded)
    if freeze:
        from cxlib.health.freeze import freeze_references

        done = freeze_references(loaded, scores, options.settings_file(data, config))
        print_said("health", {"text": [done]}, done, json_=json_, quiet=quiet, data=loaded)
    elif json_:
        print_json("health", loaded, scores.to_dict()["rows"], scores.caveats)
    elif not quiet:
        from cxlib.reporting import terminal_health

        print_text(terminal_health.listed(scores))


@health_app.command("explain", epilog=_examples("cxlib health explain A-017 --data data/sample"))
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

    told = explain_score(score_health(loaded), account)
    if json_:
        head = {"account": told.account, "score": told.score, "base": told.base, "band": told.band}
        print_json("health", loaded, told.to_dict()["rows"], told.caveats, head)
    elif not quiet:
        from cxlib.reporting import terminal_health

        print_text(terminal_health.explained(told, loaded))
