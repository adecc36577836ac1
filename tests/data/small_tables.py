"""Small tables that each test bends a little; every row is good until the test says otherwise."""

from pathlib import Path

import pandas as pd

DAYS = 28


def ticket_rows(count=40):
    return [f"T{i},2020-02-{1 + i % DAYS:02d}T08:{i % 60:02d}:00Z" for i in range(count)]


def tickets(*more, header="ticket_id,created_at", count=40):
    return "\n".join([header, *ticket_rows(count), *more]) + "\n"


def survey_rows(count=40):
    days = [1 + i % DAYS for i in range(count)]
    return [
        f"S{i},nps,2020-02-{d:02d}T08:00:00Z,2020-02-{d:02d}T09:00:00Z,{i % 11}" for i, d in enumerate(days)
    ]


def surveys(*more, count=40):
    return "\n".join(["survey_id,kind,sent_at,responded_at,score", *survey_rows(count), *more]) + "\n"


def ticket_frame(count=40, **columns):
    stamps = pd.date_range("2020-02-01 08:00", periods=count, freq="15h", tz="UTC")
    return pd.DataFrame({"ticket_id": [f"T{i}" for i in range(count)], "created_at": stamps} | columns)


def write(folder: Path, files: dict[str, str | bytes]) -> Path:
    for name, content in files.items():
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return folder
