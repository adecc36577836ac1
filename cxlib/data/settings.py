"""cxlib.toml: read, refused where it says something unknown, and merged with the defaults."""

import hashlib
import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cxlib.data.settings_defaults import DEFAULTS
from cxlib.data.settings_keys import KEYS, Leaf, Names, Spec
from cxlib.data.zones import zone_of
from cxlib.errors import ConfigError, UnknownNameError
from cxlib.text import nearest, quote

__all__ = ["Settings", "read_settings", "settings_path"]

_TOKEN = re.compile(
    r"xox[abeoprs]-|hooks\.slack\.com/|gh[oprsu]_\w{20}|AKIA\w{16}|-----BEGIN"
    r"|://[^/\s:@]{1,64}:[^/\s@]{1,64}@"
)
_PLACE = re.compile(r" \(at (?:line (\d+), column (\d+)|(end of document))\)$")


@dataclass(frozen=True, slots=True)
class Settings:
    """What cxlib.toml says, defaults merged.

    Parameters
    ----------
    zone : str or None
        Zone of days, weeks and months and of naive instants; None: not declared, days are UTC's.
    week_start : str
        First day of the week.
    max_bad_share : float
        A table with a larger share of quarantined rows is refused.
    max_bytes : int
        Largest size of one file, expanded.
    tables, columns, values, data_through, surveys, definitions, targets, metrics, changes, report, privacy
        The sections of those names.
    schedules : mapping
        Business hours by name.
    schedule : str or None
        Business hours where a ticket names none.
    reasons : mapping
        Which contact reasons mean what.
    raw : mapping
        The whole file with the defaults merged: further sections are read from here.
    """

    zone: str | None
    week_start: str
    max_bad_share: float
    max_bytes: int
    tables: Mapping[str, Mapping[str, Any]]
    columns: Mapping[str, Mapping[str, str]]
    values: Mapping[str, Mapping[str, Mapping[str, str]]]
    data_through: Mapping[str, str]
    surveys: Mapping[str, Mapping[str, Any]]
    definitions: Mapping[str, Any]
    targets: Mapping[str, Mapping[str, Any]]
    metrics: Mapping[str, Mapping[str, Any]]
    changes: Mapping[str, Any]
    report: Mapping[str, Any]
    privacy: Mapping[str, Any]
    schedules: Mapping[str, Mapping[str, Any]]
    schedule: str | None
    reasons: Mapping[str, Any]
    raw: Mapping[str, Any]

    @property
    def hash(self) -> str:
        """SHA-256 of everything the settings say, as canonical JSON: files that mean the same agree."""
        text = json.dumps(self.raw, sort_keys=True, ensure_ascii=True, default=str)
        return hashlib.sha256(text.encode("ascii")).hexdigest()

    def table(self, name: str) -> Mapping[str, Any]:
        """How to read the files of one table; empty where nothing is said."""
        return self.tables.get(name, {})


def read_settings(path: Path | None) -> Settings:
    """Read cxlib.toml; without a file, the defaults.

    Parameters
    ----------
    path : Path or None
        The file.

    Returns
    -------
    Settings
        Every section with its defaults merged.

    Raises
    ------
    ConfigError
        If the file is missing, no TOML, has a key twice, a value of the wrong kind or a literal secret.
    UnknownNameError
        If a key is unknown.

    Examples
    --------
    >>> read_settings(None).week_start, read_settings(None).surveys["nps"]["scale"]
    ('monday', '0-10')
    """
    given = {} if path is None else _parse(path)
    name = path.name if path is not None else "cxlib.toml"
    _refuse_secrets(name, "", given)
    _check(name, "", given, KEYS)
    _check_zones(name, given)
    merged = _merge(DEFAULTS, given)
    sections = ("tables", "columns", "values", "targets", "metrics", "schedules")
    return Settings(
        zone=merged.get("zone"),
        week_start=merged["week_start"],
        max_bad_share=float(merged["max_bad_share"]),
        max_bytes=merged["max_bytes"],
        data_through={table: str(day) for table, day in merged.get("data_through", {}).items()},
        surveys=merged["surveys"],
        definitions=merged["definitions"],
        changes=merged["changes"],
        report=merged["report"],
        privacy=merged["privacy"],
        schedule=merged.get("schedule"),
        reasons=merged["reasons"],
        raw=merged,
        **{section: merged.get(section, {}) for section in sections},
    )


def settings_path(data: Path) -> Path | None:
    """The settings that lie beside some data, if any; YAML is found so that it can be refused.

    Parameters
    ----------
    data : Path
        A folder, or a file in it.

    Examples
    --------
    >>> settings_path(Path("no-such-folder")) is None
    True
    """
    beside = data if data.is_dir() else data.parent
    names = ("cxlib.toml", "cxlib.yaml", "cxlib.yml")
    return next((beside / name for name in names if (beside / name).exists()), None)


def _parse(path: Path) -> dict[str, Any]:
    if path.suffix in {".yaml", ".yml"}:
        raise ConfigError(
            f"{path.name} line 1",
            found="YAML",
            expected="TOML",
            fix="write the same keys as TOML in cxlib.toml",
        )
    text = ""
    try:
        # the line end lets tomllib say where a fault of the last line is
        text = path.read_text("utf-8-sig") + "\n"
        return tomllib.loads(text)
    except OSError as error:
        raise ConfigError(
            str(path),
            found=(error.strerror or "no such file").lower(),
            expected="a readable cxlib.toml",
            fix="correct --config or the file",
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigError(
            path.name, found=f"byte {error.start} that is no UTF-8", expected="UTF-8", fix="save it as UTF-8"
        ) from error
    except tomllib.TOMLDecodeError as error:
        raise _syntax_error(path.name, str(error), text.splitlines()) from error


def _syntax_error(name: str, message: str, lines: Sequence[str]) -> ConfigError:
    place = _PLACE.search(message)
    where = f"{name} line {place[1]}, column {place[2]}" if place and place[1] else f"{name} at its end"
    what = _PLACE.sub("", message)
    if re.match("Cannot (overwrite|declare|mutate)|Duplicate", what):
        return ConfigError(
            where, found=f"a key given twice ({what})", expected="each key once", fix="remove one"
        )
    if place and place[1] and re.match(r"\s*[\w-]+:(\s|$)", lines[int(place[1]) - 1]):
        return ConfigError(
            where,
            found="a key followed by a colon, as in YAML",
            expected="TOML",
            fix="write key = value, and sections as [name]",
        )
    return ConfigError(where, found=f"a fault ({what})", expected="TOML", fix="correct that line")


def _refuse_secrets(name: str, place: str, value: object) -> None:
    """A token has no business in the file, wherever it stands; it is never quoted."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            _refuse_secrets(name, f"{place}.{key}".strip("."), inner)
    elif isinstance(value, list):
        for inner in value:
            _refuse_secrets(name, place, inner)
    elif isinstance(value, str) and _TOKEN.search(value):
        raise _secret_error(f"{name}, {place}")


def _secret_error(where: str) -> ConfigError:
    return ConfigError(
        where,
        found="a literal secret (not shown)",
        expected='the name of an environment variable, "env:NAME"',
        fix='put the secret into the environment and write "env:NAME" here',
    )


def _check(name: str, place: str, value: object, spec: Spec) -> None:
    where = f"{name}, {place}" if place else name
    if isinstance(spec, Leaf):
        _check_leaf(where, value, spec)
        return
    if not isinstance(value, Mapping):
        raise ConfigError(where, found=quote(value), expected="a table", fix=f"write it as [{place}]")
    for key, inner in value.items():
        inside = f"{place}.{key}" if place else key
        _check(name, inside, inner, _spec_of(f"{name}, {inside}", key, spec))


def _spec_of(where: str, key: str, spec: Names | Mapping[str, Spec]) -> Spec:
    if isinstance(spec, Names):
        if spec.known and key not in spec.known:
            raise UnknownNameError(where, key, spec.known)
        return spec.each
    if key not in spec:
        raise UnknownNameError(where, key, spec)
    return spec[key]


def _check_leaf(where: str, value: object, spec: Leaf) -> None:
    if spec.accepts(value):
        return
    if spec.secret:
        raise _secret_error(where)
    near = nearest(str(value), spec.options) if spec.options else None
    raise ConfigError(
        where,
        found=quote(value),
        expected=spec.expected,
        hint=f"Did you mean {near!r}?" if near else "",
        fix="correct the value",
    )


def _check_zones(name: str, given: Mapping[str, Any]) -> None:
    zones = {"zone": given.get("zone")}
    for section in ("tables", "schedules"):
        zones |= {f"{section}.{key}.zone": value.get("zone") for key, value in given.get(section, {}).items()}
    for place, zone in zones.items():
        if zone is not None:
            zone_of(zone, where=f"{name}, {place}")


def _merge(defaults: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(defaults)
    for key, value in given.items():
        inside = merged.get(key)
        merged[key] = (
            _merge(inside, value) if isinstance(inside, Mapping) and isinstance(value, Mapping) else value
        )
    return merged
