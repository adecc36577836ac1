"""Metrics of demand: how often customers make contact, in all and for what they do."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from cxlib.metrics.metric import Exposure, Metric

__all__ = [
    "AGENT_INITIATED_VOLUME",
    "CONTACTS_PER_CUSTOMER_YEAR",
    "CONTACT_INTENSITY",
    "CONTACT_INTENSITY_NET",
    "CONTACT_INTENSITY_VARIANTS",
    "CONTACT_RATE",
    "ISSUE_TO_LESSON",
    "METRICS",
    "PAGE_CONTACT_RATE",
    "TEMPLATE_CONTACT_RATE",
    "TICKET_VOLUME",
    "VOLUME_PER_WORKING_DAY",
]

_NOT_COUNTED = {reason: f"status = '{reason}'" for reason in ("deleted", "spam", "test")}
_NOT_INBOUND = _NOT_COUNTED | {"agent_initiated": "is_counted AND NOT is_inbound"}

TICKET_VOLUME = Metric(
    "ticket_volume",
    table="tickets",
    kind="count",
    where="is_counted",
    value="1",
    basis="created_at",
    unit="tickets",
    direction="none",
    definition="Tickets created, merged ones and those an agent opened included; no deleted, spam or test "
    "ones.",
    excluded=_NOT_COUNTED,
)

AGENT_INITIATED_VOLUME = replace(
    TICKET_VOLUME,
    name="ticket_volume.agent_initiated",
    where="is_counted AND NOT is_inbound",
    definition="Tickets that an agent or a bot opened, apart from those that customers did.",
)

VOLUME_PER_WORKING_DAY = replace(
    TICKET_VOLUME,
    name="ticket_volume.per_working_day",
    per="working_day",
    unit="tickets per working day",
    definition="Tickets created per working day of the period, those created on other days included.",
)

ISSUE_TO_LESSON = Metric(
    "issue_to_lesson",
    table="tickets",
    kind="rate",
    where="is_lesson_issue",
    value="1",
    basis="created_at",
    exposure=Exposure("activity", value="count", basis="date", where="kind = 'lesson'"),
    scale=1000,
    unit="issues per 1,000 lessons",
    direction="down",
    definition="Reports of issues in lessons per 1,000 lessons held; several reports of one lesson are one.",
    excluded=_NOT_COUNTED | {"same_lesson": "is_lesson_repeat"},
)

CONTACT_INTENSITY = Metric(
    "contact_intensity",
    table="tickets",
    kind="rate",
    where="is_inbound",
    value="1",
    basis="created_at",
    exposure=Exposure("orders", value="1", basis="ordered_at"),
    scale=1000,
    unit="contacts per 1,000 orders",
    direction="down",
    definition="Inbound contacts per 1,000 orders.",
    excluded=_NOT_INBOUND,
)

CONTACT_INTENSITY_NET = replace(
    CONTACT_INTENSITY,
    where="is_inbound AND NOT is_repeat_contact",
    excluded=_NOT_INBOUND | {"repeat_contact": "is_inbound AND is_repeat_contact"},
    definition="Inbound contacts per 1,000 orders, one per customer and reason in 7 days.",
    variant="net",
)

CONTACT_INTENSITY_VARIANTS: Final[Mapping[str, Metric]] = {
    "gross": CONTACT_INTENSITY,
    "net": CONTACT_INTENSITY_NET,
}
"""contact_intensity by what ``[definitions] contact_intensity`` may say."""

CONTACT_RATE = Metric(
    "contact_rate",
    table="tickets",
    kind="rate",
    where="is_inbound",
    value="1",
    basis="created_at",
    exposure=Exposure("activity", value="count", basis="date"),
    scale=1000,
    unit="contacts per 1,000 activities",
    direction="down",
    definition="Inbound contacts per 1,000 activities of all kinds (lessons, orders, sessions).",
    excluded=_NOT_INBOUND,
)

CONTACTS_PER_CUSTOMER_YEAR = Metric(
    "contacts_per_customer_year",
    table="contacts",
    kind="rate",
    where="is_of_known_customer",
    value="1",
    basis="contacted_at",
    exposure=Exposure("customers", value="1", basis="signed_up_at", leaves="churned_at"),
    trailing_days=365,
    scale=365,
    unit="contacts per customer-year",
    direction="down",
    definition="Inbound tickets and interactions of the 365 days up to the end of the period, per 365 days "
    "of a customer from sign-up to churn.",
    excluded={"no_exposure_match": "NOT is_of_known_customer"},
)

TEMPLATE_CONTACT_RATE = Metric(
    "template_contact_rate",
    table="tickets",
    kind="rate",
    where="is_inbound AND email_template <> ''",
    value="1",
    basis="created_at",
    exposure=Exposure("emails", value="sends", basis="date"),
    scale=1000,
    unit="tickets per 1,000 sends",
    direction="down",
    definition="Inbound tickets that answer an e-mail of ours per 1,000 such e-mails sent; cut by "
    "email_template for each, those with fewer than 20 tickets pooled as (other).",
    pool="email_template",
    excluded=_NOT_INBOUND,
)

PAGE_CONTACT_RATE = Metric(
    "page_contact_rate",
    table="tickets",
    kind="rate",
    where="is_inbound AND page IS NOT NULL",
    value="1",
    basis="created_at",
    exposure=Exposure("pages", value="views", basis="date"),
    scale=1000,
    unit="tickets per 1,000 views",
    direction="down",
    definition="Inbound tickets written from a page of ours per 1,000 views of such pages; cut by page for "
    "each, those with fewer than 20 tickets pooled as (other).",
    pool="page",
    excluded=_NOT_INBOUND,
)

METRICS = (
    TICKET_VOLUME,
    AGENT_INITIATED_VOLUME,
    VOLUME_PER_WORKING_DAY,
    ISSUE_TO_LESSON,
    CONTACT_INTENSITY,
    CONTACT_RATE,
    CONTACTS_PER_CUSTOMER_YEAR,
    TEMPLATE_CONTACT_RATE,
    PAGE_CONTACT_RATE,
)
