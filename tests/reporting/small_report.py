"""A small company and small notebooks, so that a run of the report takes seconds."""

import json
from pathlib import Path

PARAMETERS = 'month = "2020-02"\ndata = ""\nas_of = ""\nconfig = ""'
END = "import cxlib as cx\ncx.end_page()"


def write_data(folder, *, comment="fine", title="A change", segment="term"):
    """Sixty NPS answers in each of January and February 2020, and one change."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = ["survey_id,kind,sent_at,responded_at,score,customer_id,plan,comment"]
    for number in range(120):
        day = f"2020-{1 + number // 60:02d}-{1 + number % 28:02d}"
        score = (10, 9, 3)[number % 3]
        plan = (segment, "monthly")[number % 2]
        lines.append(
            f"s{number},nps,{day}T10:00:00Z,{day}T12:00:00Z,{score},c{number},{_quoted(plan)},{_quoted(comment)}"
        )
    (folder / "surveys.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    change = f"R-1,2020-02-04T09:00:00Z,{_quoted(title)},search,release"
    (folder / "changes.csv").write_text(
        f"change_id,released_at,title,component,kind\n{change}\n", encoding="utf-8"
    )
    return folder


def _quoted(text):
    return '"' + text.replace('"', '""') + '"'


def write_notebook(path, *cells, parameters=PARAMETERS, title="# Page"):
    """A notebook with a title, a parameters cell and code cells."""
    made = [{"cell_type": "markdown", "id": "title", "metadata": {}, "source": title}]
    for number, source in enumerate((parameters, *cells)):
        tags = {"tags": ["parameters"]} if number == 0 else {}
        made.append(
            {
                "cell_type": "code",
                "id": f"cell-{number}",
                "metadata": tags,
                "execution_count": None,
                "outputs": [],
                "source": source,
            }
        )
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    content = {
        "cells": made,
        "metadata": {"language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    Path(path).write_text(json.dumps(content), encoding="utf-8")
    return path


def contents(folder):
    """Every file of a folder as bytes."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }
