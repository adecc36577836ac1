"""The vocabularies: one TOML file per vertical, every word of it invented for this benchmark."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "words"


@dataclass(frozen=True)
class Words:
    """What one kind of company calls its things."""

    vertical: str
    activity: str
    columns: tuple[str, str]
    tiers: tuple[str, ...]
    areas: tuple[str, ...]
    prefix: str
    pages: dict[str, str]
    owner: dict[str, str]
    titles: dict[str, tuple[str, ...]]
    audience: tuple[str, ...]
    generic: tuple[str, ...]

    @property
    def reasons(self) -> tuple[str, ...]:
        """Contact reasons, in the order of every array over reasons."""
        return tuple(self.pages)


@cache
def verticals() -> tuple[str, ...]:
    """Names of the vocabularies at hand."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.toml")))


@cache
def read_words(vertical: str) -> Words:
    """Read one vocabulary."""
    raw = tomllib.loads((FOLDER / f"{vertical}.toml").read_text())
    groups = [raw["components"], raw["audience"], raw["generic"]]
    return Words(
        vertical=vertical,
        activity=raw["activity"],
        columns=(raw["columns"][0], raw["columns"][1]),
        tiers=tuple(raw["tiers"]),
        areas=tuple(raw["areas"]),
        prefix=raw["prefix"],
        pages={reason: entry["page"] for reason, entry in raw["reasons"].items()},
        owner={reason: entry["owner"] for reason, entry in raw["reasons"].items()},
        titles={name: tuple(titles) for group in groups for name, titles in group.items()},
        audience=tuple(raw["audience"])[:2],
        generic=tuple(raw["generic"]),
    )
