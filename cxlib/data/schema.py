"""The canonical tables: one declaration each, and nothing else knows a column by heart.

Every column that a table does not declare is kept as text and is a segment.
"""

from dataclasses import dataclass
from typing import Literal

__all__ = ["TABLES", "Column", "ColumnType", "Reference", "Table"]

ColumnType = Literal["id", "text", "category", "number", "integer", "flag", "instant", "date", "link"]


@dataclass(frozen=True, slots=True)
class Column:
    """One canonical column.

    Parameters
    ----------
    name : str
        Canonical name.
    type : ColumnType
        `id` and `link` are exact text, never a segment; `category` is text that serves as a segment;
        `number` is float64, `integer` a whole float64; `flag` is boolean; `instant` is UTC, microseconds;
        `date` a local calendar day.
    required : bool
        The table cannot be used without the column, and a row not without a value.
    values : tuple of str
        The canonical values of an enumeration; empty means any. Others are quarantined if `strict`, else
        noted.
    strict : bool
        Values outside `values` are bad rows.
    lower, upper : float or None
        Plausible range of a number, both inclusive.
    planned : bool
        An instant that may lie in the future: never hidden, never judged by the plausible end.
    lacking : tuple of (str, str)
        What a row without the required value is told: what was expected, and how to mend it. ``{}`` stands
        for the row's first id.
    """

    name: str
    type: ColumnType = "text"
    required: bool = False
    values: tuple[str, ...] = ()
    strict: bool = False
    lower: float | None = None
    upper: float | None = None
    planned: bool = False
    lacking: tuple[str, str] = ("a value", "fill it in, or drop the row")


@dataclass(frozen=True, slots=True)
class Reference:
    """A column whose values are keys of another table."""

    column: str
    table: str


@dataclass(frozen=True, slots=True)
class Table:
    """One canonical table.

    Parameters
    ----------
    name : str
        Canonical name, also the stem of its file.
    columns : tuple of Column
        Declared columns, required ones first.
    basis : str or None
        The instant or date that places a row in time: hidden after `as_of`, judged by the plausible end.
        None: rows have no place in time (customers without signed_up_at, accounts).
    key : str or None
        One key, one row; None: equal rows are kept and noted.
    order : tuple of (str, str)
        Pairs (earlier, later): where the later instant lies before the earlier one, it is blanked, counted.
    strict_order : tuple of (str, str)
        Pairs of which the later instant must lie after the earlier one; other rows are quarantined. Only of
        tables that are read whole, wherever they lie.
    references : tuple of Reference
        Keys of other tables; orphans are kept and counted.
    quiet : bool
        Days without a row say that nothing happened, not that the data end: they go up to `as_of`.
    by_hand : bool
        People write it row by row: bad rows are put aside however large their share, nothing is refused.
    """

    name: str
    columns: tuple[Column, ...]
    basis: str | None
    key: str | None = None
    order: tuple[tuple[str, str], ...] = ()
    references: tuple[Reference, ...] = ()
    quiet: bool = False
    strict_order: tuple[tuple[str, str], ...] = ()
    by_hand: bool = False

    def column(self, name: str) -> Column | None:
        """The declared column of that name, or None."""
        return next((column for column in self.columns if column.name == name), None)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the declared columns."""
        return tuple(column.name for column in self.columns)

    @property
    def required(self) -> tuple[str, ...]:
        """Names of the columns without which the table cannot be used."""
        return tuple(column.name for column in self.columns if column.required)


def _required(name: str, type: ColumnType, **rest: object) -> Column:
    return Column(name, type, required=True, **rest)  # type: ignore[arg-type]  # one declaration a line reads best


_CUSTOMER = Reference("customer_id", "customers")
_ACCOUNT = Reference("account_id", "accounts")
_TICKET = Reference("ticket_id", "tickets")
_UPDATED = Column("updated_at", "instant")

CHANGES = Table(
    "changes",
    (
        _required("change_id", "id"),
        _required("released_at", "instant"),
        _required("title", "text"),
        Column("component", "category"),
        Column(
            "kind",
            "category",
            values=("release", "flag", "config", "content", "campaign", "outage", "definition"),
            strict=True,
        ),
        Column("description", "text"),
        Column("scope", "text"),
        Column("rollout_end_at", "instant", planned=True),
        Column("reverted_at", "instant"),
        Column("uncertain_days", "number", lower=0),
        _UPDATED,
    ),
    basis="released_at",
    key="change_id",
)

SURVEYS = Table(
    "surveys",
    (
        _required("survey_id", "id"),
        _required("kind", "category", values=("nps", "csat", "ces"), strict=True),
        Column("sent_at", "instant"),
        Column("responded_at", "instant"),
        Column("score", "number"),
        Column("customer_id", "id"),
        Column("account_id", "id"),
        Column("ticket_id", "id"),
        Column("trigger", "category"),
        Column("comment", "text"),
        Column("delivered_at", "instant"),
        _UPDATED,
    ),
    basis="sent_at",  # where a file has no sent_at, responded_at takes its place
    key="survey_id",
    order=(("sent_at", "responded_at"),),
    references=(_CUSTOMER, _ACCOUNT, _TICKET),
)

TICKETS = Table(
    "tickets",
    (
        _required("ticket_id", "id"),
        _required("created_at", "instant"),
        Column("customer_id", "id"),
        Column("account_id", "id"),
        Column("first_replied_at", "instant"),
        Column("solved_at", "instant"),
        Column(
            "status",
            "category",
            values=("new", "open", "pending", "on_hold", "solved", "closed", "deleted", "spam", "test"),
        ),
        Column("channel", "category"),
        Column("reason", "category"),
        Column("priority", "category"),
        Column("assignee", "id"),
        Column("team", "category"),
        Column("initiated_by", "category", values=("customer", "agent", "bot")),
        Column("page_url", "link"),
        Column("email_template", "category"),
        Column("reopens", "integer", lower=0),
        Column("merged_into", "id"),
        Column("schedule", "category"),
        Column("lesson_id", "id"),
        Column("surface", "category"),
        _UPDATED,
    ),
    basis="created_at",
    key="ticket_id",
    order=(("created_at", "first_replied_at"), ("created_at", "solved_at")),
    references=(_CUSTOMER, _ACCOUNT),
)

MESSAGES = Table(
    "messages",
    (
        _required("message_id", "id"),
        _required("ticket_id", "id"),
        _required("sent_at", "instant"),
        _required("author_role", "category", values=("customer", "agent", "bot"), strict=True),
        Column("author_id", "id"),
        Column("public", "flag"),
        Column("is_auto", "flag"),
        _UPDATED,
    ),
    basis="sent_at",
    key="message_id",
    references=(_TICKET,),
)

TICKET_EVENTS = Table(
    "ticket_events",
    (
        _required("ticket_id", "id"),
        _required("at", "instant"),
        _required(
            "status",
            "category",
            values=("new", "open", "pending", "on_hold", "solved", "closed", "deleted", "spam", "test"),
        ),
        _UPDATED,
    ),
    basis="at",
    references=(_TICKET,),
)

ACTIVITY = Table(
    "activity",
    (
        _required("date", "date"),
        _required("kind", "category"),
        _required("count", "number", lower=0),
        Column("account_id", "id"),
        Column("customer_id", "id"),
        _UPDATED,
    ),
    basis="date",
    references=(_CUSTOMER, _ACCOUNT),
)

CUSTOMERS = Table(
    "customers",
    (
        _required("customer_id", "id"),
        Column("account_id", "id"),
        Column("signed_up_at", "instant"),
        Column("churned_at", "instant"),
        Column("contactable", "flag"),
        _UPDATED,
    ),
    basis="signed_up_at",
    key="customer_id",
    order=(("signed_up_at", "churned_at"),),
    references=(_ACCOUNT,),
)

ACCOUNTS = Table(
    "accounts",
    (
        _required("account_id", "id"),
        Column("name", "id"),  # a name identifies: no segment
        Column("parent_id", "id"),
        Column("csm", "category"),
        Column("team", "category"),
        Column("signed_up_at", "instant"),
        Column("renewal_at", "instant", planned=True),
        Column("arr", "number", lower=0),
        Column("churned_at", "instant"),
        _UPDATED,
    ),
    basis="signed_up_at",
    key="account_id",
    order=(("signed_up_at", "churned_at"),),
)

ORDERS = Table(
    "orders",
    (
        _required("order_id", "id"),
        _required("ordered_at", "instant"),
        Column("customer_id", "id"),
        Column("promised_at", "instant", planned=True),
        Column("delivered_at", "instant"),
        Column("returned_at", "instant"),
        Column("not_received_at", "instant"),
        Column("cancelled_at", "instant"),
        Column("units", "number", lower=0),
        Column("units_returned", "number", lower=0),
        _UPDATED,
    ),
    basis="ordered_at",
    key="order_id",
    order=(("ordered_at", "delivered_at"), ("ordered_at", "returned_at"), ("ordered_at", "cancelled_at")),
    references=(_CUSTOMER,),
)

REVIEWS = Table(
    "reviews",
    (
        _required("review_id", "id"),
        _required("posted_at", "instant"),
        _required("rating", "integer", lower=1, upper=5),
        Column("store", "category"),
        Column("version", "category"),
        Column("author_id", "id"),
        Column("text", "text"),
        Column("tags", "text"),
        Column("sentiment", "category", values=("positive", "negative", "neutral", "mixed")),
        Column("replied_at", "instant"),
        Column("edited_at", "instant"),
        _UPDATED,
    ),
    basis="posted_at",
    key="review_id",
    order=(("posted_at", "replied_at"),),
)

OUTAGES = Table(
    "outages",
    (
        _required("outage_id", "id"),
        _required("started_at", "instant"),
        Column("ended_at", "instant"),
        Column("component", "category"),
        Column("severity", "category"),
        _UPDATED,
    ),
    basis="started_at",
    key="outage_id",
    order=(("started_at", "ended_at"),),
    quiet=True,
)

COSTS = Table(
    "costs",
    (
        _required("date", "date"),
        _required("kind", "category"),
        _required("amount", "number"),
        Column("target", "number", lower=0),
        Column("currency", "category"),
        Column("final", "flag"),
        _UPDATED,
    ),
    basis="date",
)

POSTS = Table(
    "posts",
    (
        _required("post_id", "id"),
        _required("posted_at", "instant"),
        _required("channel", "category"),
        _required("kind", "category"),
        _required("author_role", "category"),
        Column("in_reply_to", "id"),
        Column("needs_reply", "flag"),
        _UPDATED,
    ),
    basis="posted_at",
    key="post_id",
)

TRAININGS = Table(
    "trainings",
    (
        _required("customer_id", "id"),
        _required("module", "category"),
        Column("kind", "category"),
        Column("invited_at", "instant"),
        Column("completed_at", "instant"),
        _UPDATED,
    ),
    basis="invited_at",
    order=(("invited_at", "completed_at"),),
    references=(_CUSTOMER,),
)

INTERACTIONS = Table(
    "interactions",
    (
        _required("interaction_id", "id"),
        _required("at", "instant"),
        _required("kind", "category"),
        Column("customer_id", "id"),
        Column("account_id", "id"),
        Column("direction", "category", values=("inbound", "outbound")),
        Column("topic", "category"),
        Column("minutes", "number", lower=0),
        _UPDATED,
    ),
    basis="at",
    key="interaction_id",
    references=(_CUSTOMER, _ACCOUNT),
)

EMAILS = Table(
    "emails",
    (
        _required("date", "date"),
        _required("template", "category"),
        _required("sends", "number", lower=0),
        _UPDATED,
    ),
    basis="date",
)

PAGES = Table(
    "pages",
    (
        _required("date", "date"),
        _required("page_url", "link"),
        _required("views", "number", lower=0),
        _UPDATED,
    ),
    basis="date",
)

OUTREACH = Table(
    "outreach",
    (
        _required("survey_id", "id"),
        _required("at", "instant"),
        Column("by", "id"),
        Column("outcome", "category"),
        _UPDATED,
    ),
    basis="at",
    references=(Reference("survey_id", "surveys"),),
)

AUDITS = Table(
    "audits",
    (
        _required("ticket_id", "id"),
        _required("bucket", "category"),
        _required("auditor", "id"),
        _required("audited_at", "instant"),
        _UPDATED,
    ),
    basis="audited_at",
    references=(_TICKET,),
)

OVERRIDES = Table(
    "overrides",
    (
        _required("account_id", "id", lacking=("the account that is overridden", "name it, or drop the row")),
        _required(
            "band",
            "category",
            values=("danger", "needs_attention", "healthy", "champion"),
            strict=True,
            lacking=("the band that {} is given", "give one, or drop the row"),
        ),
        _required("author", "id", lacking=("who overrides {}", "say who, or drop the row")),
        _required("reason", "text", lacking=("why {} is overridden", "say why, or drop the row")),
        _required(
            "set_at", "instant", planned=True, lacking=("when {} was overridden", "say when, or drop the row")
        ),
        _required(
            "expires_at",
            "instant",
            planned=True,
            lacking=("until when {} is overridden", "give a day, or drop the row"),
        ),
    ),
    basis=None,  # what people say of accounts neither makes nor meets the end of the data
    references=(_ACCOUNT,),
    strict_order=(("set_at", "expires_at"),),
    by_hand=True,
)

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        CHANGES,
        SURVEYS,
        TICKETS,
        MESSAGES,
        TICKET_EVENTS,
        ACTIVITY,
        CUSTOMERS,
        ACCOUNTS,
        ORDERS,
        REVIEWS,
        OUTAGES,
        COSTS,
        POSTS,
        TRAININGS,
        INTERACTIONS,
        EMAILS,
        PAGES,
        OUTREACH,
        AUDITS,
        OVERRIDES,
    )
}
