"""Who wrote first and last on a ticket: one aggregation of the messages, and a second look where it must be.

An aggregation without any window tells the first and the last public word of customer, human and desk (human
or bot) and how many words a human wrote. That decides nearly every ticket. The few that it leaves in doubt,
such as a reply stamped before its ticket, are read again message by message.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from sqlglot import exp

from cxlib.data.relations import column
from cxlib.data.templates import expression, query

if TYPE_CHECKING:
    from cxlib.data.dataset import Dataset

__all__ = [
    "APART",
    "CloserLook",
    "exchange_steps",
    "human_role",
    "is_ours",
    "reply_of",
    "reread_steps",
    "start_of",
]

APART: Final = {"second_look": "in_doubt"}
"""By the name of a query that only few rows have a row in, the query that lists those rows."""

_CUSTOMER: Final = "author_role = 'customer'"
_DESK: Final = "author_role <> 'customer'"
_PEOPLE: Final = "author_role = 'agent' AND NOT COALESCE(is_auto, FALSE)"

_EXCHANGES: Final = """
SELECT ticket_id FROM (
  SELECT ticket_id, sent_at,
    CASE WHEN COALESCE(public, TRUE) AND author_role = 'customer' THEN sent_at END AS customer_at,
    CASE WHEN COALESCE(public, TRUE) AND :by_human THEN sent_at END AS human_at,
    CASE WHEN COALESCE(public, TRUE) AND author_role <> 'customer' THEN sent_at END AS desk_at
  FROM messages_rows
) AS told GROUP BY ticket_id
"""
_AGGREGATES: Final = {
    "first_customer_at": "MIN(customer_at)",
    "last_customer_at": "MAX(customer_at)",
    "first_human_at": "MIN(human_at)",
    "last_human_at": "MAX(human_at)",
    "human_messages": "COUNT(human_at)",
    "first_desk_at": "MIN(desk_at)",
    "public_agent_messages": "COUNT(desk_at)",
    "first_message_at": "MIN(sent_at)",
}
_EXCHANGED: Final = """
SELECT t.*, e.ticket_id IS NOT NULL AS has_messages
FROM resolved AS t LEFT JOIN exchanges AS e ON e.ticket_id = t.ticket_id
"""

# A ticket is read again if its first reply is stamped before it was opened, or is its own opening message.
_BEFORE: Final = "COALESCE(:first_at < opened_at, FALSE)"
_OPENING: Final = "COALESCE(initiated_by = 'agent' AND :first_at = first_message_at, FALSE)"
_IN_DOUBT: Final = """
SELECT ticket_id, opened_at, first_solved_at, first_human_at, :first_message_at AS first_message_at
FROM exchanged WHERE :doubt
"""
# No filter here: it would make the planner take the messages for the smaller side of the join.
_REREAD: Final = """
SELECT m.ticket_id, m.sent_at, COALESCE(m.public, TRUE) AND m.author_role = 'customer' AS by_customer,
  COALESCE(m.public, TRUE) AND :by_human AS by_human,
  COALESCE(m.public, TRUE) AND m.author_role <> 'customer' AS by_desk,
  d.opened_at, d.first_solved_at, d.first_human_at, d.first_message_at
FROM messages_again AS m JOIN in_doubt AS d ON d.ticket_id = m.ticket_id
"""
_WROTE: Final = {"human": "by_human", "desk": "by_desk"}
# The opening message is one message: another one of the same instant is a reply.
_SECOND_LOOK: Final = {
    "since_at": "MIN(CASE WHEN :wrote AND sent_at >= opened_at THEN sent_at END)",
    "later_at": """
      MIN(CASE WHEN :wrote AND sent_at >= opened_at AND sent_at > first_message_at THEN sent_at END)
    """,
    "openings": "COUNT(CASE WHEN :wrote AND sent_at = first_message_at THEN 1 END)",
}

# The customer's first word is later than the ticket, and nobody of us had written before it.
_CUSTOMER_BEGINS: Final = (
    "first_customer_at > opened_at AND (:first_at IS NULL OR :first_at >= first_customer_at)"
)
# A ticket that took over an earlier creation waits from there: what the customer said first, was said there.
_BEGINS_HERE: Final = f"opened_at = created_at AND {_CUSTOMER_BEGINS}"
_SINCE: Final = "CASE WHEN :first_at < opened_at THEN :since_at ELSE :first_at END"
_AFTER_OPENING: Final = """
CASE WHEN initiated_by = 'agent' AND :first_at = first_message_at
  THEN CASE WHEN :openings > 1 AND :first_at >= opened_at THEN :first_at ELSE :later_at END
  WHEN :first_at < opened_at THEN :since_at ELSE :first_at END
"""


def human_role(data: "Dataset") -> exp.Expr:
    """Whether a message is a human's, as the settings see it: bots are agents with ``bots_as_agents``."""
    return expression(_DESK if data.settings.definitions["bots_as_agents"] else _PEOPLE)


def is_ours(data: "Dataset") -> bool:
    """True if first responses follow our definition, not the vendor's."""
    return bool(data.settings.definitions["first_response_time"] == "human")


def exchange_steps(data: "Dataset", read: Collection[str]) -> dict[str, exp.Query]:
    """The queries from ``resolved`` to ``exchanged``, which adds who wrote when.

    Parameters
    ----------
    data : Dataset
        Its definitions say who is human.
    read : collection of str
        The aggregates that are read; each costs, so that the others are left out.
    """
    exchanges = query(_EXCHANGES, by_human=human_role(data))
    exchanged = query(_EXCHANGED)
    for name, text in _AGGREGATES.items():
        if name in read:
            exchanges = exchanges.select(exp.alias_(expression(text), name))
            exchanged = exchanged.select(_known_count(name))
    return {"exchanges": exchanges, "exchanged": exchanged}


def _known_count(name: str) -> exp.Expr:
    """An aggregate of a ticket; without messages a count is 0."""
    text = f"COALESCE(e.{name}, 0)" if name.endswith("_messages") else f"e.{name}"
    return exp.alias_(expression(text), name)


@dataclass(frozen=True)
class CloserLook:
    """What somebody else wants to know of tickets in doubt.

    Parameters
    ----------
    doubts : tuple of sqlglot Expr
        Conditions on which a ticket is read again.
    aggregates : mapping of str to sqlglot Expr
        What to find, over the rows of `source`.
    source : str
        ``reread``, or the last of `steps`, which has all its rows and columns.
    steps : mapping of str to sqlglot Query
        Queries from ``reread`` to `source`.
    """

    doubts: tuple[exp.Expr, ...] = ()
    aggregates: Mapping[str, exp.Expr] = field(default_factory=dict)
    source: str = "reread"
    steps: Mapping[str, exp.Query] = field(default_factory=dict)


def reread_steps(data: "Dataset", whose: Collection[str], closer: CloserLook) -> dict[str, exp.Query]:
    """The queries from ``exchanged`` to ``looked``: the tickets in doubt, read again.

    Parameters
    ----------
    data : Dataset
        Its definitions say whose message is a reply, and from when the wait is counted.
    whose : collection of {"human", "desk"}
        Whose first replies are asked for.
    closer : CloserLook
        What else is to be found.
    """
    ours = is_ours(data)
    conditions, found = list(closer.doubts), dict(closer.aggregates)
    for who in sorted(whose):
        first = column(f"first_{who}_at")
        texts = [_BEFORE] if ours else [_BEFORE, _OPENING]
        conditions += [expression(text, first_at=first) for text in texts]
        for name, text in _SECOND_LOOK.items():
            if name == "since_at" or not ours:
                found[f"{who}_{name}"] = expression(text, wrote=_WROTE[who])
    look = query("SELECT ticket_id FROM :source GROUP BY ticket_id", source=exp.to_identifier(closer.source))
    looked = query("SELECT t.* FROM exchanged AS t LEFT JOIN second_look AS s ON s.ticket_id = t.ticket_id")
    return {
        "in_doubt": query(
            _IN_DOUBT,
            doubt=exp.or_(*(exp.Paren(this=condition) for condition in conditions)),
            first_message_at=exp.cast(exp.null(), "BIGINT")
            if ours or not whose
            else column("first_message_at"),
        ),
        "reread": query(_REREAD, by_human=human_role(data)),
        **closer.steps,
        "second_look": look.select(*(exp.alias_(value, name) for name, value in found.items())),
        "looked": looked.select(*(column(name, "s") for name in found)),
    }


def start_of(data: "Dataset", first: str) -> exp.Expr:
    """When the wait for a reply begins.

    Parameters
    ----------
    data : Dataset
        With messages or without; its definitions say whether the customer's first word counts.
    first : str
        Column with the first word of those whose reply is waited for.
    """
    if not data.has("messages") or not is_ours(data):
        return column("opened_at")
    inherits = data.settings.definitions["merge_creation"] == "earliest"
    return expression(
        "CASE WHEN :begins THEN first_customer_at ELSE opened_at END",
        begins=expression(_BEGINS_HERE if inherits else _CUSTOMER_BEGINS, first_at=column(first)),
    )


def reply_of(data: "Dataset", who: str) -> exp.Expr:
    """When the reply came.

    Parameters
    ----------
    data : Dataset
        With messages, or without: then it is what the ticket says.
    who : {"human", "desk"}
        Whose reply: a human's, or anybody's but the customer's.
    """
    if not data.has("messages"):
        return column("first_replied_at")
    names = {
        "first_at": column(f"first_{who}_at"),
        "since_at": column(f"{who}_since_at"),
        "later_at": column(f"{who}_later_at"),
        "openings": column(f"{who}_openings"),
    }
    return expression(_SINCE if is_ours(data) else _AFTER_OPENING, **names)
