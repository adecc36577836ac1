"""Words of invented companies: what people do there, write about, and what its log says."""

from dataclasses import dataclass
from typing import Final

__all__ = ["VERTICALS", "Vertical"]


@dataclass(frozen=True)
class Vertical:
    """One line of business.

    Parameters
    ----------
    activity : str
        Kind of activity.
    plans : dict of str to (float, float)
        Share of the customers and usual NPS of each value of `plan_column`, worst last.
    regions : dict of str to float
        Share of the customers by value of `region_column`.
    plan_column, region_column : str
        What the segments are called.
    owners : dict of str to (str, str, tuple of str)
        By contact reason: the component that owns it, the page it comes from, titles of that component.
    plain : dict of str to tuple of str
        Titles of components that own no reason.
    asking : dict of str to tuple of str
        Titles of components that decide who is asked.
    """

    activity: str
    plans: dict[str, tuple[float, float]]
    regions: dict[str, float]
    plan_column: str
    region_column: str
    owners: dict[str, tuple[str, str, tuple[str, ...]]]
    plain: dict[str, tuple[str, ...]]
    asking: dict[str, tuple[str, ...]]


_PLAIN: Final = {
    "core-platform": ("Upgrade runtime", "Queue worker pool", "Move to new region", "Retire old endpoints"),
    "toggles": ("Turn on cohort b", "Clean up stale toggles", "Gradual rollout helper"),
    "pipelines": ("Nightly load rewritten", "Deduplicate profiles", "Late events handled"),
    "site-shell": ("New footer", "Image loading", "Cookie text", "Colour tokens"),
}

VERTICALS: Final = (
    Vertical(
        "charge",
        {"fleet": (0.2, 58.0), "saver": (0.3, 34.0), "basic": (0.5, 2.0)},
        {"de": 0.4, "fr": 0.3, "nl": 0.2, "es": 0.1},
        "tier",
        "country",
        {
            "meter_reading": ("meter-hub", "/readings", ("Poll meters hourly", "Estimate missing readings")),
            "bill_amount": ("billing", "/bills", ("Round bill lines", "Bill preview", "Bill dates")),
            "charger_offline": ("charger-net", "/chargers", ("Charger heartbeat", "Map of chargers")),
            "sign_in": ("sign-in-service", "/session", ("Passkeys", "Shorter sessions", "Consent screen")),
            "tariff_switch": ("tariffs", "/tariffs", ("Tariff comparison", "Night tariff")),
            "moving_house": ("moves", "/moves", ("Address check", "Move date picker")),
        },
        _PLAIN,
        {
            "survey-engine": ("Ask less often", "New survey wording", "Sampling rules"),
            "audience-store": ("Rebuild audiences", "Tier mapping", "Contact rules"),
        },
    ),
    Vertical(
        "parcel",
        {"business": (0.25, 50.0), "regular": (0.4, 30.0), "occasional": (0.35, -4.0)},
        {"north": 0.35, "south": 0.3, "islands": 0.1, "capital": 0.25},
        "account_type",
        "depot_area",
        {
            "parcel_late": (
                "routing",
                "/track",
                ("Route planner cutover", "Evening slots", "Depot balancing"),
            ),
            "damaged_item": ("claims", "/claims", ("Photo upload", "Claims form", "Payout limits")),
            "label_printing": ("label-maker", "/labels", ("Label layout", "Printer drivers", "Bulk labels")),
            "pickup_missed": ("pickup-scheduler", "/pickups", ("Pickup windows", "Driver hand-over")),
            "customs_papers": ("customs", "/customs", ("Customs codes", "Invoice upload")),
            "account_locked": ("account-guard", "/account", ("Lock after tries", "Reset by text message")),
            "invoice_wrong": ("invoicing", "/invoices", ("Invoice rounding", "Credit notes")),
        },
        _PLAIN,
        {
            "feedback": ("Delivery survey timing", "Feedback quota", "Shorter questionnaire"),
            "mailing-lists": ("List hygiene", "Account type sync", "Unsubscribe rules"),
        },
    ),
    Vertical(
        "visit",
        {"family": (0.3, 62.0), "single": (0.5, 41.0), "walk_in": (0.2, 8.0)},
        {"riverside": 0.3, "hilltop": 0.25, "old_town": 0.25, "harbour": 0.2},
        "membership",
        "clinic",
        {
            "booking_failed": (
                "booking",
                "/book",
                ("Booking calendar", "Waiting list", "Double booking guard"),
            ),
            "prescription": ("prescriptions", "/refill", ("Refill reminders", "Pharmacy link")),
            "test_results": ("results-portal", "/results", ("Results layout", "Share results")),
            "video_visit": ("video-room", "/video", ("Video codec", "Waiting room", "Device check")),
            "insurance": ("insurance-check", "/cover", ("Cover lookup", "Claim codes")),
            "records_access": ("records", "/records", ("Records export", "Proxy access")),
            "parking": ("site-guide", "/visit", ("Parking map", "Entrance signs")),
            "fees": ("payments", "/fees", ("Fee estimate", "Card terminal", "Payment plans")),
        },
        _PLAIN,
        {
            "patient-voice": ("Survey after each visit", "Question order", "Reminder cadence"),
            "member-data": ("Membership import", "Consent flags", "Merge duplicates"),
        },
    ),
)
