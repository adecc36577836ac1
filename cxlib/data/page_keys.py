"""Pages by their key: what is left of a URL when everything that differs from visit to visit is taken away.

Engines take URLs apart differently or not at all, so the distinct ones are fetched, normalised here, and sent
back as a small table that is joined by equality.
"""

import re
from typing import Final

import pyarrow as pa
from sqlglot import exp

from cxlib.data.prepared import Maker, Order, Prepared
from cxlib.data.relations import rows_of, table_rows
from cxlib.data.templates import query

__all__ = ["PAGES", "PAGE_KEYS", "page_key", "with_page"]

PAGE_KEYS: Final = "page_keys"
"""The small table that queries join: url, page."""

_URLS: Final = "SELECT DISTINCT page_url FROM urls WHERE page_url IS NOT NULL"
_KEYED: Final = """
SELECT s.*, k.page FROM :source AS s LEFT JOIN page_keys AS k ON k.url = s.page_url
"""
_HOLDERS: Final = ("tickets", "pages")
_SCHEME: Final = re.compile(r"([a-z][a-z0-9+.-]*:)?//", re.IGNORECASE)
_USUAL_PORT: Final = re.compile(r":(80|443)?$")
# An id and no word: all digits, a UUID, or hexadecimal of some length with a digit in it.
_ID: Final = re.compile(
    r"\d+|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?=[a-f]*\d)[0-9a-f]{12,}", re.IGNORECASE
)
_LONG_NUMBER: Final = re.compile(r"^\d{5,}(?=-)|(?<=-)\d{5,}$")  # an article's number beside its words


def page_key(url: str | None) -> str | None:
    """The key of a page: host in lower case and path, without scheme, query, fragment or trailing slash.

    Segments of the path that are ids become ``:id``, so that all orders are one page. A login, the scheme's
    own port and tracking marks go too.

    Parameters
    ----------
    url : str or None
        As a form or an export spells it, with or without scheme and host.

    Returns
    -------
    str or None
        None where nothing is left: such rows are ``(none)``.

    Examples
    --------
    >>> page_key("HTTPS://Shop.example.com/Orders/1207/?utm_source=mail#top")
    'shop.example.com/Orders/:id'
    >>> page_key("/hc/articles/360001234-Log-in/"), page_key("?x=1")
    ('/hc/articles/:id-Log-in', None)
    """
    text = re.split(r"[?#;]|&utm_", (url or "").strip(), maxsplit=1)[0]
    host, path = _host_and_path(text)
    parts = [_without_ids(part) for part in path.split("/") if part]
    if host:
        return "/".join([host, *parts])
    return ("/" if path.startswith("/") else "") + "/".join(parts) if parts else None


def _host_and_path(text: str) -> tuple[str, str]:
    """A text without a scheme has a host if its first part has a dot, as ``example.com/help`` does."""
    scheme = _SCHEME.match(text)
    rest = text[scheme.end() :] if scheme else text
    first, slash, path = rest.partition("/")
    if scheme is None and "." not in first:
        return "", text
    return _USUAL_PORT.sub("", first.rpartition("@")[2].lower()), slash + path


def _without_ids(part: str) -> str:
    return ":id" if _ID.fullmatch(part) else _LONG_NUMBER.sub(":id", part)


def with_page(order: Order, made: Prepared) -> Prepared:
    """The rows of tickets or pages with their ``page``: the key of page_url.

    Parameters
    ----------
    order : Order
        Data and engine.
    made : Prepared
        Rows with page_url.
    """
    urls = _distinct_urls(order)
    keys = {
        "url": pa.array(urls, pa.string()),
        "page": pa.array([page_key(url) for url in urls], pa.string()),
    }
    paged = query(_KEYED, source=exp.to_identifier(made.name))
    tables = {**made.tables, PAGE_KEYS: pa.table(keys)}
    return Prepared(f"{made.name}_paged", {**made.queries, f"{made.name}_paged": paged}, tables)


def _distinct_urls(order: Order) -> list[str]:
    """The URLs of all tables that have some, sorted: the same keys whichever table asks."""
    found: set[str] = set()
    for table in _HOLDERS:
        if order.data.has(table, "page_url"):
            urls = query(_URLS).with_("urls", as_=table_rows(order.data, order.engine, table))
            found.update(order.engine.run(urls, order.data.tables).column("page_url").to_pylist())
    return sorted(found)


def _make(order: Order) -> Prepared:
    """The rows of pages with their key."""
    name = rows_of("pages")
    rows = table_rows(order.data, order.engine, "pages", extra=order.extra)
    return with_page(order, Prepared(name, {name: rows}))


PAGES: Final = Maker(columns={"page": "category"}, needs={"page": (("pages", ()),)}, make=_make)
"""Maker of the prepared column of pages."""
