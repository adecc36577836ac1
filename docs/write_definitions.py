"""Write definitions.md from the catalogue (``make docs``): what the page says is what is computed."""

from pathlib import Path

from cxlib.metrics.catalogue import catalogue
from cxlib.metrics.dictionary import definition_facts
from cxlib.metrics.metric import Metric

PAGE = Path(__file__).with_name("definitions.md")
HEAD = """# Definitions

Every metric as it is computed, written by `make docs` from the declarations in `cxlib/metrics/`. An
expression is SQL over the columns of one table; NULL means that the row does not count. A row is in the
period that its basis instant falls in, by the local day of the zone in `cxlib.toml`. The hash changes when
the declaration does, and the [changelog](../CHANGELOG.md) says why.
"""
CODE = frozenset({"value", "ended", "planned", "provisional", "basis", "outcome after", "hash"})


def one(metric: Metric) -> str:
    """One metric as a section."""
    facts = definition_facts(metric)
    said = facts.pop("definition")
    facts["hash"] = facts["hash"][:12]
    lines = "\n".join(
        f"- **{name}**: {f'`{text}`' if name in CODE else text}" for name, text in facts.items()
    )
    return f"## {metric.name}\n\n{said}\n\n{lines}\n"


def page() -> str:
    """The whole page."""
    return "\n".join([HEAD, *(one(metric) for metric in catalogue().values())])


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
