"""Words for values: numbers with their unit, escaping, near names. A leaf.

Every value that a person reads is worded here, so that a table, a figure, a message and a page agree.
"""

import difflib
import html
import math
import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime

from cxlib.personal import mask_personal

__all__ = [
    "escape",
    "format_count",
    "format_day",
    "format_fraction",
    "format_interval",
    "format_probability",
    "format_value",
    "join_words",
    "metric_label",
    "nearest",
    "normalise_name",
    "plural",
    "quote",
    "say_probability",
    "unit_of_change",
]

THIN = "\u2009"
MINUS = "\u2212"
DASH = "—"
_MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
           "November", "December"]  # fmt: skip
_INITIALS = {"nps": "NPS", "csat": "CSAT", "ces": "CES", "sla": "SLA", "p90": "90th percentile"}


def escape(value: object) -> str:
    """Text that is inert inside HTML, attribute values included.

    Examples
    --------
    >>> escape("<b>Tom & Co</b>")
    '&lt;b&gt;Tom &amp; Co&lt;/b&gt;'
    """
    return html.escape(str(value), quote=True)


def quote(value: object, *, longest: int = 60) -> str:
    """A found value in quotes, control characters made visible, personal data masked.

    Examples
    --------
    >>> quote("11")
    "'11'"
    """
    text = mask_personal(str(value), numbers="keep")  # a bare number is an id here
    if len(text) > longest:
        text = text[: longest - 1] + "…"
    return repr(text)


def normalise_name(name: str) -> str:
    """Lower case, words joined by one underscore: `Created at`, `created.at` and `createdAt` meet.

    Examples
    --------
    >>> normalise_name("Created at"), normalise_name("createdAt"), normalise_name(" created.at ")
    ('created_at', 'created_at', 'created_at')
    """
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name.strip())
    return re.sub(r"[^0-9a-z]+", "_", spaced.lower()).strip("_")


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that was probably meant, or None.

    Examples
    --------
    >>> nearest("npss", ["nps", "csat"])
    'nps'
    >>> nearest("weather", ["nps", "csat"]) is None, nearest("kind", ["id"]) is None
    (True, True)
    """
    by_normal = {normalise_name(k): k for k in known}
    matches = difflib.get_close_matches(normalise_name(name), by_normal, n=3, cutoff=0.6)
    # two letters are soon found in any word
    found = [match for match in matches if len(match) > 2 or len(name) <= 3]
    return by_normal[found[0]] if found else None


def join_words(words: Sequence[str], *, last: str = "and", most: int = 12) -> str:
    """Words as a list in a sentence.

    Examples
    --------
    >>> join_words(["a", "b", "c"])
    'a, b and c'
    >>> join_words(["a", "b", "c", "d"], most=2)
    'a, b and 2 more'
    """
    if len(words) > most:
        return f"{', '.join(words[:most])} {last} {len(words) - most} more"
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def plural(count: float, one: str, many: str | None = None) -> str:
    """A count with its noun.

    Examples
    --------
    >>> plural(1, "row"), plural(1200, "row"), plural(2, "day of data", "days of data")
    ('1 row', '1\u2009200 rows', '2 days of data')
    """
    word = one if count == 1 else (many if many is not None else one + "s")
    return f"{format_count(count)} {word}"


def format_count(count: float) -> str:
    """A whole number with thin spaces between thousands; a dash where there is none.

    Examples
    --------
    >>> format_count(1234567)
    '1\u2009234\u2009567'
    """
    if not math.isfinite(count):
        return DASH
    return f"{round(count):,}".replace(",", THIN).replace("-", MINUS)


def _digits(value: float, unit: str) -> int:
    if float(value).is_integer() and unit.isalpha() and unit not in {"points", "score"}:
        return 0  # a count: tickets, surveys
    if unit in {"points", "%"} or abs(value) >= 10:
        return 1
    return 2


def format_value(value: float, unit: str = "", *, signed: bool = False) -> str:
    """A value in its metric's unit, rounded for reading; an undefined one is a dash, never nan.

    Parameters
    ----------
    value : float
        In the metric's own unit (% as 0–100, minutes, points).
    unit : str
        Unit as the metric declares it; `%` is set close to the number, other units after a space,
        units of more than three words are left to the column head.
    signed : bool
        Show a plus for values above zero: differences.

    Examples
    --------
    >>> format_value(41.23, "points"), format_value(-17.06, "points", signed=True), format_value(43.2, "%")
    ('41.2 points', '\u221217.1 points', '43.2%')
    >>> format_value(3.0, "surveys"), format_value(3.5, "surveys")
    ('3 surveys', '3.50 surveys')
    >>> format_value(float("nan"), "%")
    '—'
    >>> format_value(190.0, "minutes")
    '3 h 10 min'
    """
    if value is None or not math.isfinite(value):
        return DASH
    if unit == "minutes":
        return _format_minutes(value, signed=signed)
    digits = 0 if abs(value) >= 1000 else _digits(value, unit)
    number = f"{value:,.{digits}f}".replace(",", THIN)
    if float(number.replace(THIN, "")) == 0:
        number, signed = number.lstrip("-"), False
    number = ("+" if signed and value > 0 else "") + number.replace("-", MINUS)
    if unit == "%":
        return f"{number}%"
    return f"{number} {unit}" if unit and len(unit.split()) <= 3 else number


def _format_minutes(value: float, *, signed: bool) -> str:
    sign = MINUS if value < 0 else ("+" if signed and value > 0 else "")
    size = abs(value)
    if size < 10:
        return f"{sign}{size:.1f} min"
    if size < 120:
        return f"{sign}{size:.0f} min"
    whole = round(size)
    if whole < 48 * 60:
        return f"{sign}{whole // 60} h {whole % 60:02d} min"
    return f"{sign}{size / 1440:.1f} days"


def format_interval(lower: float, upper: float, unit: str = "") -> str:
    """An interval in brackets, unit left to the value beside it.

    Examples
    --------
    >>> format_interval(-82.0, -34.0, "points")
    '[\u221282.0, \u221234.0]'
    """
    if not (math.isfinite(lower) or math.isfinite(upper)):
        return DASH
    low, high = (format_value(v, "minutes" if unit == "minutes" else "") for v in (lower, upper))
    if unit in {"points", "%"}:
        low, high = (format_value(v, "points").removesuffix(" points") for v in (lower, upper))
    return f"[{low}, {high}]"


def format_probability(p: float) -> str:
    """A probability that never claims to be certain.

    Examples
    --------
    >>> format_probability(0.997), format_probability(0.42), format_probability(0.0003)
    ('> .99', '.42', '< .01')
    """
    if not math.isfinite(p):
        return DASH
    if p > 0.99:
        return "> .99"
    if p < 0.01:
        return "< .01"
    return f"{p:.2f}".lstrip("0")


def format_fraction(value: float) -> str:
    """A number between -1 and 1 without its zero: an AUC, or a difference of two.

    Three digits where two would read as nothing.

    Examples
    --------
    >>> format_fraction(0.6943), format_fraction(-0.0213), format_fraction(0.004), format_fraction(1.0)
    ('.69', '\u2212.02', '.004', '1.00')
    """
    if not math.isfinite(value):
        return DASH
    number = f"{abs(value):.{3 if 0.0005 <= abs(value) < 0.01 else 2}f}"
    sign = MINUS if value < 0 and float(number) else ""
    return sign + number.removeprefix("0")


def metric_label(name: str) -> str:
    """A metric's name in words.

    Parameters
    ----------
    name : str
        As in the catalogue, with the variant after a dot.

    Examples
    --------
    >>> metric_label("nps"), metric_label("first_response_time"), metric_label("first_response_time.p90")
    ('NPS', 'First response time', 'First response time (90th percentile)')
    """
    base, _, variant = name.partition(".")
    words = " ".join(_INITIALS.get(word, word) for word in base.split("_"))
    label = words[:1].upper() + words[1:]
    return f"{label} ({_INITIALS.get(variant, variant.replace('_', ' '))})" if variant else label


def unit_of_change(unit: str) -> str:
    """The unit of a difference of two values: shares differ by points.

    Examples
    --------
    >>> unit_of_change("%"), unit_of_change("minutes")
    ('points', 'minutes')
    """
    return "points" if unit == "%" else unit


def say_probability(p: float) -> str:
    """A probability in a sentence.

    Examples
    --------
    >>> say_probability(0.42), say_probability(1.0)
    ('p = .42', 'p > .99')
    """
    worded = format_probability(p)
    return f"p {worded}" if worded[0] in "<>" else f"p = {worded}"


def format_day(day: date | datetime) -> str:
    """A day written out.

    Examples
    --------
    >>> format_day(date(2020, 2, 4))
    '4 February 2020'
    """
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"
