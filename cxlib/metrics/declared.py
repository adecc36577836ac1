"""The fields of a metric, and the expressions among them."""

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from functools import lru_cache
from typing import Final

from cxlib.metrics.exposure import Exposure, columns_of
from cxlib.metrics.expression import Expression, parse_expression
from cxlib.metrics.kinds import Direction, Kind, Per, Statistic

__all__ = ["Declared"]

_EXPRESSIONS: Final = ("value", "where", "ended", "planned", "provisional", "outcome_after")


@dataclass(frozen=True, slots=True)
class Declared:
    """What is declared of a metric, not checked yet; `Metric` says what each field is."""

    name: str
    _: KW_ONLY
    table: str
    kind: Kind
    value: str
    basis: str
    unit: str
    direction: Direction
    definition: str
    where: str = ""
    horizon_days: float | None = None
    exposure: Exposure | None = None
    scale: float = 1.0
    ended: str = ""
    excluded: Mapping[str, str] = field(default_factory=dict)
    noted: Mapping[str, str] = field(default_factory=dict)
    min_n: int = 20
    statistic: Statistic = "median"
    target: float | None = None
    tau: float | None = None
    variant: str = ""
    leaves: str = ""
    latest_only: bool = False
    trailing_days: int | None = None
    planned: str = ""
    band: tuple[float, float] | None = None
    provisional: str = ""
    per: Per = ""
    cluster: str = ""
    outcome_after: str = ""
    pool: str = ""

    @property
    def label(self) -> str:
        """What errors call it.

        Examples
        --------
        >>> from cxlib.metrics.demand import TICKET_VOLUME
        >>> TICKET_VOLUME.label
        "metric 'ticket_volume'"
        """
        return f"metric {self.name!r}"

    def expressions(self) -> dict[str, Expression]:
        """The checked expressions that are given: by field, and each of `excluded` and `noted`."""
        texts = {name: getattr(self, name) for name in _EXPRESSIONS} | dict(self.excluded) | dict(self.noted)
        return dict(_parsed(self.label, self.table, tuple(texts.items())))


@lru_cache(maxsize=1024)
def _parsed(label: str, table: str, texts: tuple[tuple[str, str], ...]) -> Mapping[str, Expression]:
    """The expressions of a declaration; what it returns is shared, and nobody changes it."""
    columns = columns_of(table)
    return {
        name: parse_expression(text, columns, where=label, table=table, field=name)
        for name, text in texts
        if text
    }
