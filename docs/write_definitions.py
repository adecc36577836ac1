"""Write definitions.md from the catalogue (``make docs``): what the page says is what is computed."""

from pathlib import Path

from cxlib.metrics.catalogue import catalogue
from cxlib.metrics.metric import Metric

PAGE = Path(__file__).with_name("definitions.md")
HEAD = """# Definitions

Every metric as it is computed, written by `make docs` from the declarations in `cxlib/metrics/`. An
expression is SQL over the columns of one table; NULL means that the row does not count. A row is in the
period that its basis instant falls in, by the local day of the zone in `cxlib.toml`. The hash changes when
the declaration does, and the [changelog](../CHANGELOG.md) says why.
"""
WORDS = {
    "up": "higher is better",
    "down": "lower is better",
    "band": "a band is best",
    "none": "neither way is better",
}


def one(metric: Metric) -> str:
    """One metric as a section."""
    facts = {
        "Kind": f"{metric.kind}, in {metric.unit}; {WORDS[metric.direction]}",
        "Rows": f"`{metric.table}`" + (f" where `{metric.where}`" if metric.where else ""),
        "Worth": f"`{metric.value}`",
        "Basis": f"`{metric.basis}`",
    }
    if metric.ended:
        facts["Ended"] = (
            f"`{metric.ended}`; the value is the {metric.statistic.replace('_', ' ')} (Kaplan–Meier)"
        )
    if metric.exposure is not None:
        where = f" where `{metric.exposure.where}`" if metric.exposure.where else ""
        facts["Per"] = (
            f"{metric.scale:g} of `{metric.exposure.value}` over `{metric.exposure.table}`{where}, "
            f"by `{metric.exposure.basis}`"
        )
    if metric.horizon_days is not None:
        facts["Horizon"] = f"{metric.horizon_days:g} days; until then a period is immature"
    if metric.excluded:
        facts["Kept out, counted"] = ", ".join(metric.excluded)
    if metric.variant:
        facts["Variant"] = metric.variant
    facts["Hash"] = f"`{metric.hash[:12]}`"
    lines = "\n".join(f"- **{name}**: {said}" for name, said in facts.items())
    return f"## {metric.name}\n\n{metric.definition}\n\n{lines}\n"


def page() -> str:
    """The whole page."""
    return "\n".join([HEAD, *(one(metric) for metric in catalogue().values())])


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
