"""A log in our own columns, as CSV: converted and checked as a file of data is."""

from dataclasses import replace

from cxlib.changes.log.entries import Content, Entry, title_of
from cxlib.changes.log.rows import row_of
from cxlib.data.draft import make_draft
from cxlib.data.schema import TABLES
from cxlib.errors import DataRefusedError

__all__ = ["read_plain"]


def read_plain(content: Content) -> list[Entry]:
    """A row a row; those that fail a check are left out with what was found and expected.

    Parameters
    ----------
    content : Content
        A delimited text.

    Raises
    ------
    DataRefusedError
        If a column is missing, or dates could be read in two ways.
    """
    if content.part is None:
        return []
    findings = content.part.findings
    draft = make_draft(TABLES["changes"], [content.part], content.settings)
    if findings.refusals:
        raise DataRefusedError(findings.refusals)
    found = []
    for number, (values, bad) in enumerate(zip(draft.rows.to_pylist(), findings.bad, strict=True)):
        if not bad:
            row = row_of(values)
            found.append(Entry(findings.place(number), replace(row, title=title_of(row.title))))
    for finding in findings.found:
        reason = f"expected {finding.expected}"
        for record in finding.records("changes"):
            found.append(Entry(f"{finding.file} {finding.unit} {record[2]}", why=reason, said=record[4]))
    return found
