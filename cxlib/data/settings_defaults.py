"""What cxlib.toml means where it says nothing: the defaults, no logic."""

from collections.abc import Mapping
from typing import Any

__all__ = ["DEFAULTS"]

DEFAULTS: Mapping[str, Any] = {
    "week_start": "monday",
    "max_bad_share": 0.05,
    "max_bytes": 4_294_967_296,
    "surveys": {
        "nps": {"scale": "0-10"},
        "csat": {"scale": "1-5"},
        "ces": {"scale": "1-7", "higher_is_better": True},
    },
    "reasons": {"urgent": ["login", "checkout", "merchant", "recent_purchase"]},
    "definitions": {
        "first_response_time": "human",
        "bots_as_agents": False,
        "one_touch_rate": "default",
        "same_reason": False,
        "ack_counts": False,
        "csat": "top_box",
        "contact_intensity": "gross",
        "return_rate": "orders",
        "responses": "latest",
        "merge_creation": "own",
        "reply_turn_minutes": 10,
        "acknowledged_minutes": 15,
    },
    "changes": {
        "smallest_shift_points": 5,
        "smallest_shift_rate": 0.10,
        "prior": {
            "no_change_scan": 0.50,
            "no_change_alert": 0.20,
            "unlogged": 0.10,
            "component": 2.0,
            "scope": 1.5,
            "words": 1.0,
            "kind": {
                "release": 0,
                "flag": 0,
                "config": 0,
                "content": -0.5,
                "campaign": -0.5,
                "outage": 0.5,
                "definition": 0.5,
            },
        },
    },
    "drivers": {"target_reduction": 0.10},
    "health": {
        "churn": {"definition": "lapse", "days": 90},
        "renewals": {"days": 120},
        "expansion": {"coverage_min": 0.6, "renewal_days": [30, 180], "not_lower_than_days": 90},
    },
    "alerts": {
        "baseline_days": 90,
        "limit_headline": 3.2,
        "limit_segment": 4.0,
        "complete_after_days": {"surveys": 2, "tickets": 0},
        "keep_firing_days": 3,
        "repeat_red_days": 7,
    },
    "report": {
        "metrics": ["nps", "csat", "review_score_net", "ticket_volume", "first_response_time"],
        "timeout_minutes": 15,
        "settle_days": 3,
        "shared": False,
    },
    "privacy": {"pseudonymise": False, "key": "env:CXLIB_PSEUDONYM_KEY", "min_cell": 5},
}
