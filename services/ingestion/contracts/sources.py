"""sources.yaml, typed: which sources there are, and what is known of their events."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import msgspec

FILE = Path(__file__).parents[1] / "sources.yaml"

FieldType = Literal["string", "integer", "number", "boolean", "json"]
_NAME = re.compile(r"(?=.{1,64}$)[a-z0-9]+(-[a-z0-9]+)*")
FIELD_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,62}")
"""What can be a column everywhere: letters, digits, underscores, a letter first."""


class SourcesError(ValueError):
    """sources.yaml says something that cannot be; the message names the entry and the mend."""


class Condition(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"equals": "is"}):
    """Of the value at one place; what is not given does not count. Without a value no condition holds."""

    equals: str | int | float | bool | None = None
    above: float | None = None
    below: float | None = None

    def holds(self, value: Any) -> bool:
        # Python's True equals 1; here a boolean is no number.
        if self.equals is not None and (value != self.equals or isinstance(value, bool) is not isinstance(self.equals, bool)):
            return False
        if self.above is None and self.below is None:
            return self.equals is not None
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return False
        return (self.above is None or value > self.above) and (self.below is None or value < self.below)


Rules = Mapping[str, Mapping[str, Condition]]


class Source(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One entry of the file, which says what each field means."""

    name: str
    about: str
    time: str
    fields: dict[str, FieldType]
    id: str | None = None
    key: str | None = None
    search: tuple[str, ...] = ()
    important: dict[str, dict[str, Condition]] = {}


def at(data: Mapping[str, Any], place: str) -> Any:
    """The value at a place of an event, None where there is none."""
    value: Any = data
    for name in place.split("."):
        if not isinstance(value, dict):
            return None
        value = value.get(name)
    return value


def important_rule(rules: Rules, data: Mapping[str, Any]) -> str | None:
    """The first rule that an event meets."""
    return next((name for name, rule in rules.items() if all(c.holds(at(data, place)) for place, c in rule.items())), None)


def load_sources(text: str) -> dict[str, Source]:
    """By name. Raises SourcesError."""
    try:
        entries = msgspec.yaml.decode(text, type=dict[Literal["sources"], list[Source]])["sources"]
    except (msgspec.ValidationError, msgspec.DecodeError, KeyError) as error:
        raise SourcesError(f"sources.yaml: {error}") from error
    for entry in entries:
        _check(entry)
    sources = {entry.name: entry for entry in entries}
    if len(sources) != len(entries):
        raise SourcesError("sources.yaml has a name twice: each is an id space and a table of its own")
    return sources


def _check(source: Source) -> None:
    if not _NAME.fullmatch(source.name):
        raise SourcesError(f"sources.yaml: the name {source.name!r} is not of small letters, digits and hyphens, 64 at most")
    for name in source.fields:
        if not FIELD_NAME.fullmatch(name):
            raise SourcesError(f"sources.yaml, {source.name}: the field {name!r} can be no column: leave it out, it is taken as it comes")
    if len({name.lower() for name in source.fields}) != len(source.fields):
        raise SourcesError(f"sources.yaml, {source.name}: two fields differ in case only, which tables do not tell apart")
    if unknown := [name for name in source.search if source.fields.get(name) != "string"]:
        raise SourcesError(f"sources.yaml, {source.name}: search names {unknown[0]!r}, which is no field of type string")
    for rule, conditions in source.important.items():
        if not conditions or any(condition == Condition() for condition in conditions.values()):
            raise SourcesError(f"sources.yaml, {source.name}: the rule {rule!r} has a condition that says nothing")


@lru_cache
def sources() -> dict[str, Source]:
    """Those of this case."""
    return load_sources(FILE.read_text())
