"""Cells that stay text in a spreadsheet: what would be a formula gets an apostrophe before it."""

__all__ = ["inert_cell", "plain_cell"]

_STARTS = ("=", "+", "-", "@", "\t", "\r", "\0", "＝")


def inert_cell(text: str) -> str:
    """A text cell that no spreadsheet runs.

    Examples
    --------
    >>> inert_cell("=1+1"), inert_cell("1+1")
    ("'=1+1", '1+1')
    """
    return f"'{text}" if text.startswith(_STARTS) else text


def plain_cell(cell: str) -> str:
    """What such a cell says.

    Examples
    --------
    >>> plain_cell("'=1+1"), plain_cell("'tis")
    ('=1+1', "'tis")
    """
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_STARTS) else cell
