"""The smallest set of hypotheses that holds most of the probability."""

from dataclasses import dataclass

from cxlib.changes.suspects import Suspects

__all__ = ["Credible", "credible_set"]

_LEVEL = 0.9


@dataclass(frozen=True, slots=True)
class Credible:
    """The smallest set of hypotheses that holds the level; tied changes enter together."""

    level: float
    probability: float
    change_ids: tuple[str, ...]
    holds_no_change: bool
    holds_unlogged_cause: bool


def credible_set(suspects: Suspects, *, level: float = _LEVEL) -> Credible:
    """Fill the set by falling probability, ties at once.

    Parameters
    ----------
    suspects : Suspects
        The distribution.
    level : float
        Probability to be held.

    Returns
    -------
    Credible
        Its probability is at least `level`.
    """
    groups: list[tuple[float, tuple[str, ...]]] = [
        (suspects.no_change, ("\u0000none",)),
        (suspects.unlogged, ("\u0000out",)),
    ]
    chances = {item.change.change_id: item.probability for item in suspects.ranked}
    seen: set[str] = set()
    for item in suspects.ranked:
        name = item.change.change_id
        if name in seen:
            continue
        members = (name, *(tie for tie in item.tied_with if tie in chances))
        seen.update(members)
        groups.append((item.probability, members))
    groups.sort(key=lambda group: -group[0])
    held = 0.0
    inside: list[str] = []
    for _, members in groups:
        if held >= level:
            break
        inside += members
        held += sum(
            {"\u0000none": suspects.no_change, "\u0000out": suspects.unlogged}.get(
                name, chances.get(name, 0.0)
            )
            for name in members
        )
    ids = tuple(name for name in inside if name in chances)
    return Credible(level, min(held, 1.0), ids, "\u0000none" in inside, "\u0000out" in inside)
