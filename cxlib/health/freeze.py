"""References written into cxlib.toml, so that history does not drift when the portfolio does."""

import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cxlib.data.clock import day_to_date, local_day_number, to_microseconds
from cxlib.data.settings import read_settings
from cxlib.data.whole_files import write_file
from cxlib.errors import ConfigError

if TYPE_CHECKING:
    from cxlib.data.dataset import Dataset
    from cxlib.health.scores import HealthScores

__all__ = ["freeze_references", "with_values"]

_SECTION = re.compile(r"\s*\[")


def freeze_references(data: "Dataset", scores: "HealthScores", path: Path) -> str:
    """Write the references that scores were made with into the settings; the rest of the file stays.

    Parameters
    ----------
    data : Dataset
        What was scored.
    scores : HealthScores
        From `score_health`; metrics that nobody has data of get no reference.
    path : Path
        The cxlib.toml with ``[health.metrics]``.

    Returns
    -------
    str
        What was done.

    Raises
    ------
    ConfigError
        If the file does not hold a metric of the score as a section of its own.
    CannotWriteError
        If it cannot be written; it is then as it was.
    """
    day = day_to_date(int(local_day_number(to_microseconds(scores.as_of), data.zone)))
    known = set(scores.contributions.loc[scores.contributions["status"] == "ok", "metric"])
    text = path.read_text("utf-8-sig")
    frozen = [one for one in scores.configuration.metrics if one.name in known]
    for one in frozen:
        text = with_values(
            text, f"health.metrics.{one.name}", {"ref": round(one.ref or 0, 6), "sd": round(one.sd or 0, 6)}
        )
    text = with_values(text, "health", {"frozen_at": day})
    write_file(path, text.encode("utf-8"))
    read_settings(path)
    return f"{path.name}: references of {len(frozen)} metrics frozen as of {day}."


def with_values(text: str, section: str, values: Mapping[str, Any]) -> str:
    r"""The text of a TOML file with some keys of a section set, everything else as it was.

    Parameters
    ----------
    text : str
        A TOML file.
    section : str
        Its dotted name; it has a header of its own.
    values : mapping of str to float or date
        What to set.

    Raises
    ------
    ConfigError
        If the section has no header.

    Examples
    --------
    >>> print(with_values("[a]\nx = 1  # kept\n\n[b]\n", "a", {"x": 2.5, "y": 3}), end="")
    [a]
    x = 2.5  # kept
    y = 3
    <BLANKLINE>
    [b]
    """
    lines = text.splitlines()
    headers = [
        i for i, line in enumerate(lines) if re.fullmatch(rf"\s*\[{re.escape(section)}\]\s*(#.*)?", line)
    ]
    if not headers:
        raise ConfigError(
            "cxlib.toml",
            found=f"no line [{section}]",
            expected="a section of its own",
            fix=f"write [{section}] with its keys below",
        )
    begin = headers[0] + 1
    end = next((i for i in range(begin, len(lines)) if _SECTION.match(lines[i])), len(lines))
    for key, value in values.items():
        said = (
            f'"{value}"'
            if isinstance(value, date)
            else f"{value:g}"
            if value == round(value, 5)
            else f"{value}"
        )
        at = next((i for i in range(begin, end) if re.match(rf"\s*{key}\s*=", lines[i])), None)
        if at is not None:
            comment = re.search(r"\s+#[^\"]*$", lines[at])
            lines[at] = f"{key} = {said}{comment.group() if comment else ''}"
            continue
        last = max((i for i in range(begin, end) if lines[i].strip()), default=begin - 1) + 1
        lines.insert(last, f"{key} = {said}")
        end += 1
    return "\n".join(lines) + "\n"
