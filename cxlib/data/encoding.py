"""Bytes to clean UTF-8: what the file really is, its encoding, the bad bytes in it. Nothing is guessed."""

import codecs
from dataclasses import dataclass

import numpy as np

from cxlib.errors import DataError

__all__ = ["Text", "to_text"]

_KINDS = (
    (b"<!doctype", "an HTML page (login page?)"),
    (b"<html", "an HTML page (login page?)"),
    (b"<?xml", "XML"),
    (b"{", "JSON"),
    (b"[{", "JSON"),
    (b"%pdf", "a PDF"),
    (b"pk\x03\x04", "a zip or Excel file"),
    (b"par1", "a Parquet file"),
    (b"\xd0\xcf\x11\xe0", "an old Excel file"),
    (b"\x1f\x8b", "a gzip file"),
)
_UTF16 = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
_NUL_SHARE = 0.3
_RARE = 1000  # one bad line in so many is an accident, more are another encoding


@dataclass(frozen=True, slots=True)
class Text:
    r"""UTF-8 text with ``\n`` line ends.

    Parameters
    ----------
    data : bytes
        The text.
    bad_lines : tuple of int
        Physical lines, from 1, in which bytes were no UTF-8 (replaced by U+FFFD).
    notes : tuple of str
        What was accepted and should be known.
    """

    data: bytes
    bad_lines: tuple[int, ...]
    notes: tuple[str, ...]


def to_text(name: str, table: str, data: bytes, encoding: str | None) -> Text:
    r"""Decode a file: byte-order mark, else strict UTF-8, else as declared.

    Parameters
    ----------
    name, table : str
        File and table, for messages.
    data : bytes
        The content.
    encoding : str or None
        `[tables.TABLE] encoding`.

    Returns
    -------
    Text
        Clean text; NUL bytes are stripped.

    Raises
    ------
    DataError
        If it is no text, or not in the declared encoding.

    Examples
    --------
    >>> to_text("a.csv", "tickets", b"\xef\xbb\xbfid\r\n1\r\n", None).data
    b'id\n1\n'
    """
    _refuse_other_kinds(name, data)
    notes = []
    bad: tuple[int, ...] = ()
    if data[:2] in _UTF16 and (encoding is None or encoding.lower().startswith("utf-16")):
        data = _decode(name, table, data, "utf-16")
        notes.append("UTF-16 with a byte-order mark, read as such")
    elif encoding is not None and encoding.lower() not in {"utf-8", "utf8"}:
        data = _decode(name, table, data, encoding)
    else:
        data = data.removeprefix(codecs.BOM_UTF8)
        _refuse_wide(name, table, data)
        data, bad = _strict(name, table, data)
    if b"\0" in data:
        notes.append(f"{data.count(0)} NUL bytes stripped from the text")
        data = data.replace(b"\0", b"")
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return Text(data, bad, tuple(notes))


def _refuse_other_kinds(name: str, data: bytes) -> None:
    head = data[:64].removeprefix(codecs.BOM_UTF8).lstrip().lower()
    for mark, kind in _KINDS:
        if head.startswith(mark):
            raise DataError(name, found=kind, expected="CSV text", fix="export it again as CSV")


def _decode(name: str, table: str, data: bytes, encoding: str) -> bytes:
    try:
        return data.decode(encoding).removeprefix("\ufeff").encode("utf-8")
    except LookupError as error:
        raise DataError(
            f"cxlib.toml, tables.{table}.encoding",
            found=repr(encoding),
            expected="an encoding that Python knows, such as 'cp1252'",
            fix="correct it",
        ) from error
    except (UnicodeDecodeError, UnicodeEncodeError) as error:
        line = data[: error.start].count(b"\n") + 1
        raise DataError(
            f"{name} line {line}, byte {error.start}",
            found=f"0x{data[error.start]:02x}" if isinstance(error.object, bytes) else "a lone surrogate",
            expected=f"{encoding} text",
            fix=f"correct [tables.{table}] encoding",
        ) from error


def _refuse_wide(name: str, table: str, data: bytes) -> None:
    """Text of two bytes a letter is valid UTF-8 full of NUL: it must be declared."""
    if b"\0" in data and data.count(0) > _NUL_SHARE * len(data):
        raise DataError(
            f"{name} line 1",
            found=f"{data.count(0)} NUL bytes among {len(data)}, as in UTF-16 without a byte-order mark",
            expected="UTF-8 text",
            fix=f'set [tables.{table}] encoding = "utf-16-le"',
        )


def _strict(name: str, table: str, data: bytes) -> tuple[bytes, tuple[int, ...]]:
    """UTF-8 as it is, or with its rare bad lines marked; refused where it is another encoding."""
    if data.isascii():
        return data, ()
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        first = error.start
    else:
        return data, ()
    bad = _bad_lines(data)
    if len(bad) > max(1, data.count(b"\n") // _RARE) or data.count(b"\n") < _RARE:
        line = data[:first].count(b"\n") + 1
        raise DataError(
            f"{name} line {line}, byte {first}",
            found=f"0x{data[first]:02x}",
            expected="UTF-8 text",
            fix=f'set [tables.{table}] encoding, such as "cp1252"',
            more=len(bad) - 1,
        )
    return data.decode("utf-8", "replace").encode("utf-8"), bad


def _bad_lines(data: bytes) -> tuple[int, ...]:
    """Lines with bytes that are no UTF-8; only lines with a byte above 127 are looked at one by one."""
    octets = np.frombuffer(data, dtype=np.uint8)
    ends = np.flatnonzero(octets == 10)
    suspects = np.unique(np.searchsorted(ends, np.flatnonzero(octets > 127)))
    edges = np.concatenate([[-1], ends, [len(data)]])
    return tuple(int(line) + 1 for line in suspects if not _is_utf8(data[edges[line] + 1 : edges[line + 1]]))


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
