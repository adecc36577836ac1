"""Every key that cxlib.toml may hold and what its value must be: a declaration, no logic.

A key that is not here does not exist. `Names` stands for a table whose keys the user chooses.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeAlias

from cxlib.data.schema import TABLES
from cxlib.text import join_words

__all__ = ["KEYS", "Leaf", "Names", "Spec"]


@dataclass(frozen=True, slots=True)
class Leaf:
    """A value: what is expected of it in words, and the test of it.

    Parameters
    ----------
    expected : str
        Words for the message.
    accepts : callable
        True for a right value.
    options : tuple of str
        The only right values, for did-you-mean.
    secret : bool
        The value must name an environment variable and is never shown.
    """

    expected: str
    accepts: Callable[[Any], bool]
    options: tuple[str, ...] = ()
    secret: bool = False


@dataclass(frozen=True, slots=True)
class Names:
    """A table whose keys are names of the user's, or among `known` where that is not empty."""

    each: "Spec"
    known: tuple[str, ...] = ()


Spec: TypeAlias = "Leaf | Names | Mapping[str, Spec]"

_ENVIRONMENT = re.compile(r"env:[A-Za-z_][A-Za-z0-9_]*")
_SCALE = re.compile(r"binary|\d{1,2}-\d{1,3}")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _is_numbers(value: object) -> bool:
    return isinstance(value, list) and all(_is_number(item) for item in value)


def _is_rows(value: object) -> bool:
    return isinstance(value, list) and all(_is_numbers(item) and len(item) == 2 for item in value)


def _is_day(value: object) -> bool:
    if isinstance(value, date):
        return True
    try:
        date.fromisoformat(str(value))
    except ValueError:
        return False
    return True


def _is_secret(value: object) -> bool:
    return isinstance(value, str) and _ENVIRONMENT.fullmatch(value) is not None


def _choice(*options: str) -> Leaf:
    return Leaf(f"one of {join_words(options, last='or')}", lambda value: value in options, options)


TEXT = Leaf("text in quotes", lambda value: isinstance(value, str))
NUMBER = Leaf("a number", _is_number)
WHOLE = Leaf("a whole number", _is_whole)
SHARE = Leaf("a share from 0 to 1", lambda value: _is_number(value) and 0 <= value <= 1)
NOT_NEGATIVE = Leaf("a number that is not negative", lambda value: _is_number(value) and value >= 0)
FLAG = Leaf("true or false", lambda value: isinstance(value, bool))
TEXTS = Leaf('a list of texts, such as ["a", "b"]', _is_texts)
NUMBERS = Leaf("a list of numbers", _is_numbers)
PAIRS = Leaf("a list of pairs of numbers", _is_rows)
DAY = Leaf('a date such as "2020-02-29"', _is_day)
SECRET = Leaf('the name of an environment variable, "env:NAME"', _is_secret, secret=True)
SECRETS = Leaf(
    'a list of environment variables, ["env:NAME"]',
    lambda value: isinstance(value, list) and all(_is_secret(item) for item in value),
    secret=True,
)
VALUE = Leaf("text or a number", lambda value: isinstance(value, str) or _is_number(value))
KINDS = Leaf("text or a list of texts", lambda value: isinstance(value, str) or _is_texts(value))
FILES = Leaf("a file name or a list of them", lambda value: isinstance(value, str) or _is_texts(value))
SCALE = Leaf(
    '"binary" or a range such as "1-5"',
    lambda value: isinstance(value, str) and _SCALE.fullmatch(value) is not None,
)

_TABLES = tuple(TABLES)
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DIRECTION = _choice("up", "down", "band", "none")
_SPAN = Leaf("two numbers of days", lambda value: _is_numbers(value) and len(value) == 2)

_TABLE: Mapping[str, Spec] = {
    "file": FILES,
    "format": TEXT,
    "encoding": TEXT,
    "decimal": _choice(".", ","),
    "date_format": TEXT,
    "zone": TEXT,
    "ignore": TEXTS,
    "kind": TEXT,
    "uncertain_days": NOT_NEGATIVE,
    "prereleases": FLAG,
}
_METRIC: Mapping[str, Spec] = {
    "horizon_days": NOT_NEGATIVE,
    "min_n": WHOLE,
    "exposure_kind": KINDS,
    "levels": NUMBERS,
    "target_band": NUMBERS,
    "definition": TEXT,
    "table": TEXT,
    "kind": _choice("mean", "share", "net", "rate", "count", "duration", "target", "worklist"),
    "where": TEXT,
    "value": VALUE,
    "basis": TEXT,
    "ended": TEXT,
    "exposure": {"table": TEXT, "value": VALUE, "basis": TEXT, "where": TEXT},
    "scale": NUMBER,
    "unit": TEXT,
    "direction": _DIRECTION,
}
_CHANGES: Mapping[str, Spec] = {
    "smallest_shift_points": NOT_NEGATIVE,
    "smallest_shift_rate": NOT_NEGATIVE,
    "prior": {
        "no_change_scan": SHARE,
        "no_change_alert": SHARE,
        "unlogged": SHARE,
        "component": NUMBER,
        "scope": NUMBER,
        "words": NUMBER,
        "kind": Names(NUMBER, ("release", "flag", "config", "content", "campaign", "outage", "definition")),
    },
}
_DRIVERS: Mapping[str, Spec] = {
    "target_reduction": SHARE,
    "thresholds": Names({"yellow": NUMBER, "red": NUMBER}),
    "moments": Names(
        {
            "table": TEXT,
            "where": TEXT,
            "at": TEXT,
            "window_days": NOT_NEGATIVE,
            "direction": _choice("lowers", "raises"),
        }
    ),
    "staffing": {
        "live": TEXTS,
        "handle_minutes": Names(NOT_NEGATIVE),
        "concurrency": Names(NOT_NEGATIVE),
        "agents_now": Names(NOT_NEGATIVE),
        "shrinkage": SHARE,
        "max_occupancy": SHARE,
        "hours_per_week": NOT_NEGATIVE,
        "attrition_per_year": NOT_NEGATIVE,
        "lead_weeks": NOT_NEGATIVE,
        "ramp_weeks": NOT_NEGATIVE,
    },
}
_SHAPE: Mapping[str, Spec] = {
    "up": NUMBERS,
    "down": NUMBERS,
    "log": FLAG,
    "band": NUMBERS,
    "lo_floor": NUMBER,
    "hi_floor": NUMBER,
    "table": PAIRS,
}
_HEALTH: Mapping[str, Spec] = {
    "version": TEXT,
    "unit": _choice("account_id", "customer_id"),
    "missing": _choice("reference", "reweight"),
    "coverage_min": SHARE,
    "frozen_at": DAY,
    "bands": Names(NUMBER, ("champion", "healthy", "needs_attention")),
    "metrics": Names(
        {
            "window_days": NOT_NEGATIVE,
            "weight": NUMBER,  # above 0, which who scores says in better words
            "shape": _SHAPE,
            "half_life_days": NOT_NEGATIVE,
            "k": NOT_NEGATIVE,
            "ref": NUMBER,
            "sd": NOT_NEGATIVE,
        }
    ),
    "churn": {"definition": _choice("lapse"), "days": NOT_NEGATIVE},
    "renewals": {"days": NOT_NEGATIVE},
    "expansion": {"coverage_min": SHARE, "renewal_days": _SPAN, "not_lower_than_days": NOT_NEGATIVE},
}
_RULE_KINDS = ("shift", "spike", "budget", "threshold", "freshness", "volume", "flag", "health")
_ALERTS: Mapping[str, Spec] = {
    "metrics": TEXTS,
    "by": TEXTS,
    "baseline_days": NOT_NEGATIVE,
    "limit_headline": NOT_NEGATIVE,
    "limit_segment": NOT_NEGATIVE,
    "complete_after_days": Names(NOT_NEGATIVE, _TABLES),
    "keep_firing_days": NOT_NEGATIVE,
    "repeat_red_days": NOT_NEGATIVE,
    "freshness": Names({"warn_after_days": NOT_NEGATIVE, "error_after_days": NOT_NEGATIVE}, _TABLES),
    "rules": Names(
        {
            "kind": _choice(*_RULE_KINDS),
            "metric": TEXT,
            "where": TEXT,
            "yellow": NUMBER,
            "red": NUMBER,
            "for": WHOLE,
            "on": FLAG,
        }
    ),
    "notify": {
        "slack": SECRET,
        "webhook": SECRET,
        "apprise": SECRETS,
        "prometheus": TEXT,
        "smtp": {"host": TEXT, "port": WHOLE, "user": SECRET, "password": SECRET, "from": TEXT, "to": TEXTS},
    },
}

KEYS: Mapping[str, Spec] = {
    "zone": TEXT,
    "week_start": _choice(*_DAYS),
    "schedule": TEXT,
    "max_bad_share": SHARE,
    "max_bytes": WHOLE,
    "schedules": Names(
        {
            "zone": TEXT,
            "hours": Names(TEXTS, ("mon", "tue", "wed", "thu", "fri", "sat", "sun")),
            "holidays": Leaf(
                'a list of dates such as ["2020-07-03"]',
                lambda value: isinstance(value, list) and all(_is_day(item) for item in value),
            ),
        }
    ),
    "tables": Names(_TABLE, _TABLES),
    "columns": Names(Names(TEXT), _TABLES),
    "values": Names(Names(Names(TEXT)), _TABLES),
    "data_through": Names(DAY, _TABLES),
    "surveys": Names({"scale": SCALE, "higher_is_better": FLAG}, ("nps", "csat", "ces")),
    "reasons": {"is_issue": TEXTS, "urgent": TEXTS, "issues": Names(TEXTS)},
    "definitions": {
        "first_response_time": _choice("human", "zendesk"),
        "bots_as_agents": FLAG,
        "one_touch_rate": _choice("default", "zendesk", "dbt", "strict"),
        "same_reason": FLAG,
        "ack_counts": FLAG,
        "csat": _choice("top_box", "mean", "net"),
        "contact_intensity": _choice("gross", "net"),
        "return_rate": _choice("orders", "units"),
        "responses": _choice("latest", "first", "all"),
        "merge_creation": _choice("own", "earliest"),
        "reply_turn_minutes": NOT_NEGATIVE,
        "acknowledged_minutes": NOT_NEGATIVE,
    },
    "targets": Names(
        {"clock": _choice("business", "calendar"), "minutes": Names(NOT_NEGATIVE), "share": SHARE}
    ),
    "metrics": Names(_METRIC),
    "changes": _CHANGES,
    "drivers": _DRIVERS,
    "causes": {"hypotheses": TEXTS, "aliases": Names(TEXT)},
    "health": _HEALTH,
    "alerts": _ALERTS,
    "report": {
        "metrics": TEXTS,
        "timeout_minutes": NOT_NEGATIVE,
        "settle_days": NOT_NEGATIVE,
        "shared": FLAG,
    },
    "privacy": {"pseudonymise": FLAG, "key": SECRET, "min_cell": WHOLE},
}
