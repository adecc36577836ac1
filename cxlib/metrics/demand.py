"""Metrics of demand: how often customers make contact, in all and for what they do."""

from dataclasses import replace

from cxlib.metrics.metric import Exposure, Metric

__all__ = [
    "AGENT_INITIATED_VOLUME",
    "CONTACT_INTENSITY",
    "CONTACT_INTENSITY_NET",
    "CONTACT_RATE",
    "TICKET_VOLUME",
]

_NOT_COUNTED = {reason: f"status = '{reason}'" for reason in ("deleted", "spam", "test")}

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

_NOT_INBOUND = _NOT_COUNTED | {"agent_initiated": "is_counted AND NOT is_inbound"}

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
