"""Make HTML inert: an allow-list in front of everything that reaches a page.

nbconvert's own filter lets scripts in Markdown cells and ``javascript:`` links through, and its stricter
variant turns headings, tables and figures into visible text. This one keeps what a report needs and no more.
"""

import nh3

__all__ = ["CONTENT_SECURITY_POLICY", "sanitise"]

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
)

_TAGS = frozenset(nh3.ALLOWED_TAGS) | {"figure", "figcaption", "details", "summary", "section", "main"}
_ON_ALL = {"class", "id", "style", "role", "aria-label", "scope", "lang", "dir", "title"}
_ATTRIBUTES = {tag: set(names) for tag, names in nh3.ALLOWED_ATTRIBUTES.items()} | {
    "*": _ON_ALL,
    "img": {"alt", "src", "width", "height"},
    "details": {"open"},
}
_STYLE_PROPERTIES = frozenset(
    {
        "color",
        "background-color",
        "text-align",
        "font-weight",
        "width",
        "max-width",
        "padding",
        "border-left",
    }
)
_IMAGES = ("data:image/png;base64,", "data:image/svg+xml;base64,")
_LINKS = ("https:", "http:", "mailto:", "#")


def _keep(tag: str, attribute: str, value: str) -> str | None:
    """The value of a link or an image if it is of an allowed kind; other attributes pass."""
    if attribute == "src":
        return value if tag == "img" and value.startswith(_IMAGES) else None
    if attribute == "href":
        return value if value.strip().lower().startswith(_LINKS) or _is_sibling(value) else None
    if attribute in {"cite", "id"} and ":" in value:
        return None
    return value


def _is_sibling(value: str) -> bool:
    """Whether a link leads to a page of the same report, such as ``changes.html#suspects``."""
    name = value.partition("#")[0]
    return name.endswith(".html") and name.replace("-", "").replace("_", "").replace(".", "").isalnum()


def sanitise(html: str) -> str:
    """HTML with scripts, styles, events, embedded content and unknown attributes taken out.

    Parameters
    ----------
    html : str
        A fragment from anywhere: a cell's output, rendered Markdown, a customer's comment.

    Returns
    -------
    str
        The same fragment, well formed and inert. Headings, tables with scope and caption, figures with alt
        text, details and https links survive.

    References
    ----------
    .. [1] OWASP Application Security Verification Standard 5.0, 1.2 and 1.3; the allow-list is nh3 (ammonia).

    Examples
    --------
    >>> sanitise('<p onclick="x()">kept <b>bold</b><script>gone()</script></p>')
    '<p>kept <b>bold</b></p>'
    >>> sanitise('<a href="javascript:x()">link</a>')
    '<a rel="noopener noreferrer">link</a>'
    """
    return nh3.clean(
        html,
        tags=set(_TAGS),
        clean_content_tags={"script", "style"},
        attributes=_ATTRIBUTES,
        attribute_filter=_keep,
        url_schemes={"https", "http", "mailto", "data"},
        filter_style_properties=set(_STYLE_PROPERTIES),
        link_rel="noopener noreferrer",
    )
