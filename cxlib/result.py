"""What every result noun shares: a table, sentences, caveats and the ways to show them. A leaf."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from cxlib.text import escape, plural

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Caveat", "Result"]

_REPR_ROWS = 8
_HTML_ROWS = 60


@dataclass(frozen=True, slots=True)
class Caveat:
    """Something the reader must know before using a result.

    Parameters
    ----------
    code : str
        Stable lower_case name that programs can test.
    text : str
        The sentence for people, with its numbers.
    """

    code: str
    text: str

    def to_dict(self) -> dict[str, str]:
        """Code and sentence."""
        return {"code": self.code, "text": self.text}


class _Shown(Protocol):
    @property
    def table(self) -> "pd.DataFrame": ...
    @property
    def text(self) -> str: ...
    @property
    def caveats(self) -> tuple[Caveat, ...]: ...


class Result:
    """Mixin of result nouns: needs `table`, `text` and `caveats`; gives the short and the HTML repr."""

    __slots__ = ()

    def __repr__(self: _Shown) -> str:
        rows = self.table.head(_REPR_ROWS).to_string(index=False, max_colwidth=40).splitlines()
        head = self.text.splitlines()[:5]
        left = len(self.table) - _REPR_ROWS
        tail = [f"… {plural(left, 'more row')} in .table"] if left > 0 else []
        notes = [f"{plural(len(self.caveats), 'caveat')} in .caveats"] if self.caveats else []
        return "\n".join(line[:160] for line in [*head, *rows, *tail, *notes])

    def _repr_html_(self: _Shown) -> str:
        sentences = "".join(f"<p>{escape(line)}</p>" for line in self.text.splitlines())
        table = self.table.head(_HTML_ROWS).to_html(index=False, escape=True, border=0, na_rep="—")
        notes = "".join(f"<li>{escape(caveat.text)}</li>" for caveat in self.caveats)
        return f"<div>{sentences}{table}{f'<ul>{notes}</ul>' if notes else ''}</div>"

    def to_dict(self: _Shown) -> dict[str, Any]:
        """Rows, sentences and caveats as plain values for JSON; missing numbers are None."""
        clean = self.table.astype(object).where(self.table.notna(), None)
        return {
            "rows": clean.to_dict(orient="records"),
            "text": self.text.splitlines(),
            "caveats": [caveat.to_dict() for caveat in self.caveats],
        }
