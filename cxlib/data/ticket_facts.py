"""One row a ticket, with what became of it: both conventions of the first response and of one touch."""

from collections.abc import Collection
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import pandas as pd
from sqlglot import exp

from cxlib.data.facts import prepared_rows
from cxlib.data.relations import column
from cxlib.data.ticket_columns import TICKETS
from cxlib.errors import MissingColumnError

if TYPE_CHECKING:
    from cxlib.data.dataset import Dataset

__all__ = ["prepared_frame", "ticket_facts"]

_MINUTE_US: Final = 60_000_000
_OURS: Final = {"first_response_time": "human", "bots_as_agents": False, "one_touch_rate": "default"}
_VENDOR: Final = {"first_response_time": "zendesk", "bots_as_agents": True, "one_touch_rate": "zendesk"}
_NO_BOTS: Final = _VENDOR | {"bots_as_agents": False}
_DBT: Final = _VENDOR | {"one_touch_rate": "dbt"}

_STATE: Final = "first_response_state"
_RESOLUTIONS: Final = ("first_resolution", "full_resolution")
_COUNTS: Final = ("reopens", "public_agent_messages", "human_messages", "human_reply_turns", "one_touch")

_ASKED: Final = (
    *(_STATE, "first_response_wait", "first_response_business_wait", "first_touch_state", "first_touch_wait"),
    *(f"{name}_{part}" for name in _RESOLUTIONS for part in ("wait", "business_wait", "ended")),
    *_COUNTS,
)


def ticket_facts(data: "Dataset") -> pd.DataFrame:
    """What became of each ticket, one row a ticket.

    Parameters
    ----------
    data : Dataset
        What `cx.load` returned. What it does not tell is missing: without messages all that counts them,
        without a schedule the business minutes.

    Returns
    -------
    facts : pandas.DataFrame
        ticket_id, initiated_by; first_response_state (answered, waiting, solved_without_reply, excluded);
        first_response_minutes, first_response_business_minutes, first_touch_minutes by our conventions,
        zendesk_first_response_minutes and zendesk_first_response_business_minutes by the vendor's, whatever
        the settings are; first_resolution_minutes and first_resolution_business_minutes to the first solve,
        full_resolution_minutes and full_resolution_business_minutes to the last, missing unless it is
        resolved at `as_of`; reopens; public_agent_messages (bots included), human_messages,
        human_reply_turns (up to the first solve and seven days); one_touch (1, 0, or missing where the
        ticket does not count), one_touch_zendesk, one_touch_zendesk_no_bots and one_touch_dbt. Minutes are
        float, counts Int64; rows in the order of ticket_id.

    Raises
    ------
    MissingColumnError
        If there are no tickets.
    UnknownNameError
        If the schedule of cxlib.toml is none that it declares.

    Examples
    --------
    >>> import cxlib as cx
    >>> tickets = pd.DataFrame({"ticket_id": ["1"], "created_at": ["2020-02-03T09:00Z"]})
    >>> messages = pd.DataFrame(
    ...     {
    ...         "message_id": ["a", "b"],
    ...         "ticket_id": ["1", "1"],
    ...         "sent_at": ["2020-02-03T09:00Z", "2020-02-03T09:30Z"],
    ...         "author_role": ["customer", "agent"],
    ...     }
    ... )
    >>> facts = ticket_facts(cx.load({"tickets": tickets, "messages": messages}, as_of="2020-02-10"))
    >>> facts[["first_response_state", "first_response_minutes", "human_reply_turns"]].values.tolist()
    [['answered', 30.0, 1]]
    """
    if not data.has("tickets"):
        raise MissingColumnError(
            "ticket_facts", found="no table tickets", expected="tickets in the data", fix="add tickets.csv"
        )
    ours = _frame(data, _OURS, _ASKED)
    vendor = _frame(data, _VENDOR, ["first_response_at", *_timed("first_response"), "one_touch"])
    found = {"ticket_id": ours["ticket_id"], "initiated_by": ours["initiated_by"], _STATE: ours[_STATE]}
    found |= _minutes("first_response", ours, ours[_STATE] == "answered")
    found["first_touch_minutes"] = _of(ours["first_touch_wait"], ours["first_touch_state"] == "answered")
    seen = vendor["first_response_at"].notna()
    found |= {f"zendesk_{name}": values for name, values in _minutes("first_response", vendor, seen).items()}
    for name in _RESOLUTIONS:
        found |= _minutes(name, ours, ours[f"{name}_ended"].eq(other=True))
    found |= {name: ours[name].astype("Int64") for name in _COUNTS}
    found["one_touch_zendesk"] = vendor["one_touch"].astype("Int64")
    for name, conventions in {"one_touch_zendesk_no_bots": _NO_BOTS, "one_touch_dbt": _DBT}.items():
        found[name] = _frame(data, conventions, ["one_touch"])["one_touch"].astype("Int64")
    return pd.DataFrame(found)


def prepared_frame(data: "Dataset", wanted: Collection[str], *, raw: Collection[str] = ()) -> pd.DataFrame:
    """Prepared columns of tickets as a frame by ticket_id; what the data cannot tell is missing.

    Parameters
    ----------
    data : Dataset
        Tables, settings and `as_of`.
    wanted : collection of str
        Prepared columns of tickets.
    raw : collection of str
        Declared columns beside ticket_id.
    """
    engine = data.engine
    told = [name for name in wanted if _is_told(data, name)]
    made = prepared_rows(data, engine, "tickets", wanted=told)
    query: exp.Query = exp.select(*(column(name) for name in ["ticket_id", *raw, *told])).from_(
        exp.to_table(made.name, quoted=True)
    )
    for name, part in made.queries.items():
        query = query.with_(exp.to_identifier(name, quoted=True), as_=part, copy=False)
    frame: pd.DataFrame = engine.run(query, {**data.tables, **made.tables}).to_pandas()
    frame = frame.sort_values("ticket_id", ignore_index=True)
    return frame.reindex(columns=["ticket_id", *raw, *wanted])


def _frame(data: "Dataset", conventions: dict[str, Any], wanted: Collection[str]) -> pd.DataFrame:
    """Prepared columns under some conventions, whatever the settings say."""
    definitions = {**data.settings.definitions, **conventions}
    seen = replace(data, settings=replace(data.settings, definitions=definitions))
    return prepared_frame(seen, wanted, raw=("initiated_by",))


def _is_told(data: "Dataset", name: str) -> bool:
    ways = TICKETS.needs.get(name, (("tickets", ()),))
    return any(data.has(table, *columns) for table, columns in ways)


def _timed(name: str) -> tuple[str, str]:
    return f"{name}_wait", f"{name}_business_wait"


def _minutes(name: str, frame: pd.DataFrame, known: pd.Series) -> dict[str, pd.Series]:
    """Both clocks of a wait, where it has ended."""
    wait, business = _timed(name)
    return {
        f"{name}_minutes": _of(frame[wait], known),
        f"{name}_business_minutes": _of(frame[business], known),
    }


def _of(wait: pd.Series, known: pd.Series) -> pd.Series:
    return (wait.astype(float) / _MINUTE_US).where(known)
