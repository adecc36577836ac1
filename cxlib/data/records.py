"""The structure of a delimited text: where records begin, where a quote is left open, which is the header.

Only quotes at the start of a field are quotes, as for the reader that follows (pyarrow.csv).
"""

import csv
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cxlib.data.findings import Rows
from cxlib.text import normalise_name

__all__ = ["DELIMITERS", "Header", "Structure", "find_header", "find_structure"]

DELIMITERS = (",", ";", "\t", "|")
_HEADER_LINES = 20
_LONGEST_QUOTED = 65_536
_NEWLINE, _QUOTE = 10, 34


@dataclass(frozen=True, slots=True)
class Header:
    """The line of column names.

    Parameters
    ----------
    names : tuple of str
        Exported names, trimmed.
    delimiter : str
        One character.
    skipped : int
        Lines before the header.
    start : int
        Byte at which the records begin.
    """

    names: tuple[str, ...]
    delimiter: str
    skipped: int
    start: int


@dataclass(frozen=True, slots=True)
class Structure:
    """Where the records of a text begin.

    Parameters
    ----------
    starts : array of int
        Byte offset of each record, blank lines left out.
    newlines : array of int
        Byte offset of every line end.
    open_quote : int or None
        Offset of a quote that was never rightly closed.
    """

    starts: Rows
    newlines: Rows
    open_quote: int | None

    def line_of(self, offsets: Rows) -> Rows:
        """Physical line, from 1, of each byte offset."""
        return (np.searchsorted(self.newlines, offsets, side="left") + 1).astype(np.int64)

    def lines(self, records: Rows) -> Rows:
        """Physical line, from 1, of each record."""
        return self.line_of(self.starts[records])


def find_header(data: bytes, known: Collection[str]) -> Header:
    r"""The header among the first 20 lines, found by known column names.

    Parameters
    ----------
    data : bytes
        UTF-8 text, line ends already ``\n``.
    known : collection of str
        Normalised names that a header of this table may hold.

    Returns
    -------
    Header
        The line and delimiter with the most known names; the first line and the most frequent delimiter where
        none is known.

    Examples
    --------
    >>> find_header(b"Exported by hand\nticket_id;created_at\n1;2", {"ticket_id", "created_at"}).skipped
    1
    """
    best: tuple[int, int, int] = (-1, 0, 0)
    header = Header((), ",", 0, 0)
    start = 0
    for number in range(_HEADER_LINES):
        end = data.find(b"\n", start)
        stop = len(data) if end < 0 else end
        line = data[start:stop].decode("utf-8", "replace")
        for order, delimiter in enumerate(DELIMITERS):
            names = _split(line, delimiter)
            hits = len({normalise_name(name) for name in names} & set(known))
            # most known names; then the earliest line; then the delimiter that makes the most fields
            rank = (hits, -number, len(names) * 10 - order)
            if rank > best:
                best, header = rank, Header(names, delimiter, number, min(stop + 1, len(data)))
        start = stop + 1
        if end < 0:
            break
    return header


def _split(line: str, delimiter: str) -> tuple[str, ...]:
    try:
        fields = next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        fields = line.split(delimiter)
    return tuple(name.strip() for name in fields)


def find_structure(data: bytes, delimiter: str, start: int) -> Structure:
    r"""Record starts and the first quote that was left open.

    Parameters
    ----------
    data : bytes
        UTF-8 text, line ends already ``\n``.
    delimiter : str
        One character.
    start : int
        Byte at which the records begin.

    Returns
    -------
    Structure
        Offsets count from the start of `data`.

    Examples
    --------
    >>> text = b'a,b\n1,"x\ny"\n\n2,z\n'
    >>> find_structure(text, ",", 4).starts.tolist(), find_structure(text, ",", 4).open_quote
    ([4, 13], None)
    """
    octets = np.frombuffer(data, dtype=np.uint8)
    newlines = np.flatnonzero(octets == _NEWLINE).astype(np.int64)
    ends = newlines[np.searchsorted(newlines, start) :]
    open_quote = None
    if data.find(b'"', start) >= 0:
        ends, open_quote = _outside_quotes(octets, ends, ord(delimiter), start)
    stop = np.append(ends, len(data))
    starts = np.append(start, ends + 1)
    filled = stop[: len(starts)] > starts
    return Structure(starts[filled].astype(np.int64), newlines, open_quote)


def _outside_quotes(
    octets: npt.NDArray[np.uint8], ends: Rows, delimiter: int, start: int
) -> tuple[Rows, int | None]:
    """Line ends outside quotes, and the offset of a quote left open."""
    quotes = (np.flatnonzero(octets[start:] == _QUOTE) + start).astype(np.int64)
    if not _is_regular(octets, quotes, delimiter, start):
        quotes = _real_quotes(octets, quotes, delimiter, start)
    before = np.searchsorted(quotes, ends)
    outside = before % 2 == 0
    return ends[outside], _open_quote(octets, quotes, ends[~outside], delimiter)


def _is_regular(octets: npt.NDArray[np.uint8], quotes: Rows, delimiter: int, start: int) -> bool:
    """True where every odd quote opens a field or continues a doubled one: parity tells in from out."""
    opening = quotes[::2]
    previous = octets[np.maximum(opening - 1, 0)]
    at_start = (previous == delimiter) | (previous == _NEWLINE) | (opening == start)
    doubled = np.zeros(len(opening), dtype=bool)
    doubled[1:] = opening[1:] - 1 == quotes[1::2][: len(opening) - 1]
    return bool((at_start | doubled).all())


def _real_quotes(octets: npt.NDArray[np.uint8], quotes: Rows, delimiter: int, start: int) -> Rows:
    """Quotes that open or close a field, one by one: some others are text, as in `5" nail`."""
    kept: list[int] = []
    positions, position = quotes.tolist(), 0
    inside = False
    while position < len(positions):
        offset = positions[position]
        if not inside:
            if offset == start or octets[offset - 1] in (delimiter, _NEWLINE):
                kept.append(offset)
                inside = True
        elif position + 1 < len(positions) and positions[position + 1] == offset + 1:
            position += 1  # a doubled quote is a quote inside the field
        else:
            kept.append(offset)
            inside = False
        position += 1
    return np.array(kept, dtype=np.int64)


def _open_quote(octets: npt.NDArray[np.uint8], quotes: Rows, inner: Rows, delimiter: int) -> int | None:
    """A quoted field over several lines that never ends, ends in the middle of a word, or is too long."""
    opening, closing = quotes[::2], quotes[1::2]
    if len(opening) > len(closing):
        return int(opening[-1])
    if not len(inner):
        return None
    holds = np.unique((np.searchsorted(quotes, inner) - 1) // 2)
    following = octets[np.minimum(closing[holds] + 1, len(octets) - 1)]
    torn = (following != delimiter) & (following != _NEWLINE) & (following != _QUOTE)
    torn &= closing[holds] + 1 < len(octets)
    long = closing[holds] - opening[holds] > _LONGEST_QUOTED
    wrong = opening[holds][torn | long]
    if not len(wrong):
        return None
    first = int(np.searchsorted(opening, wrong[0]))
    while first and closing[first - 1] == opening[first] - 1:  # a doubled quote: the field began earlier
        first -= 1
    return int(opening[first])
