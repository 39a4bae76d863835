"""The columns of a source's table, and how they grow.

What sources.yaml declares is typed. Any other field is a column of text, made when it is first seen: a string as it is, everything else as
its JSON; so no later value can fail to fit. What can be no column (its name, or one too many) stays in REST.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from functools import lru_cache
from itertools import zip_longest
from typing import Annotated, Any

import msgspec
import polars as pl

from services.ingestion.contracts.events import EventCollected
from services.ingestion.contracts.lake import DAY, EVENT_ID, OCCURRED_AT, OFFSET, OWN, PARTITION, REST
from services.ingestion.contracts.sources import FIELD_NAME, FieldType

MOST_COLUMNS = 250
"""What a sender's mistake, such as ids for names, may make of a table."""

_MICROS_A_DAY = 24 * 3600 * 1_000_000
_EPOCH = date(1970, 1, 1)

OWN_TYPES: dict[str, pl.DataType] = {
    EVENT_ID: pl.String(),
    OCCURRED_AT: pl.Datetime("us", "UTC"),
    DAY: pl.Date(),
    PARTITION: pl.Int32(),
    OFFSET: pl.Int64(),
    REST: pl.String(),
}
_Int64 = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
_TYPES: dict[FieldType, tuple[Any, pl.DataType]] = {
    "string": (str | None, pl.String()),
    "integer": (_Int64 | None, pl.Int64()),
    "number": (float | None, pl.Float64()),
    "boolean": (bool | None, pl.Boolean()),
    "json": (msgspec.Raw, pl.String()),
}
_STORED: dict[str, FieldType] = {"long": "integer", "double": "number", "boolean": "boolean"}
"""What columns of these Delta types hold; all others hold text."""

_json = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder(order="deterministic").encode


class Columns:
    """Grows with what `frame` is given. `existing` are the table's columns as it stands, with Delta's names of their types: a column keeps
    its type, whatever is declared since, and what does not fit into it stays in REST.
    """

    def __init__(self, fields: Mapping[str, FieldType], existing: Mapping[str, str] | None = None) -> None:
        stored = {name: _STORED.get(type_) for name, type_ in (existing or {}).items() if name not in OWN}
        names = {name.lower(): name for name in stored}
        self._declared = {name: type_ for name, type_ in fields.items() if names.get(name.lower(), name) == name}
        for name, type_ in stored.items():
            if type_ is not None:
                self._declared[name] = type_
            elif self._declared.get(name) not in ("string", "json"):
                self._declared.pop(name, None)
        self._evolved = [name for name in stored if name not in self._declared]
        self._compile()

    @property
    def schema(self) -> dict[str, pl.DataType]:
        declared = {name: _TYPES[type_][1] for name, type_ in self._declared.items()}
        return OWN_TYPES | declared | {name: pl.String() for name in self._evolved}

    def frame(self, events: Sequence[tuple[EventCollected, int, int]]) -> pl.DataFrame:
        """A row for each event with its partition and offset, with the columns of `schema` as it is afterwards."""
        rows: list[tuple[Any, ...]] = [()] * len(events)
        odd: dict[int, dict[str, Any]] = {}
        rests: list[str | None] = [None] * len(events)
        decode, as_tuple = self._decode, msgspec.structs.astuple
        for i, (event, _, _) in enumerate(events):
            try:
                rows[i] = as_tuple(decode(event.data))
            except msgspec.ValidationError:
                try:
                    odd[i] = _json(event.data)
                except msgspec.ValidationError:  # a number that nothing here can hold, of a writer that did not go through the door
                    odd[i], rests[i] = {}, str(event.data, "utf-8")
        if odd:
            self._grow(name for data in odd.values() for name in data)
            for i, data in odd.items():
                rows[i], rest = self._row(data)
                rests[i] = rests[i] or rest
        series = [
            pl.Series(EVENT_ID, [event.event_id for event, _, _ in events], pl.String()),
            pl.Series(OCCURRED_AT, [event.occurred_at for event, _, _ in events], pl.Int64()).cast(OWN_TYPES[OCCURRED_AT]),
            pl.Series(DAY, [_day(event.occurred_at // _MICROS_A_DAY) for event, _, _ in events], pl.Date()),
            pl.Series(PARTITION, [partition for _, partition, _ in events], pl.Int32()),
            pl.Series(OFFSET, [offset for _, _, offset in events], pl.Int64()),
            pl.Series(REST, rests, pl.String()),
        ]
        names = [*self._declared, *self._evolved]
        # Rows from before a column came are shorter than those after.
        for name, values in zip(names, zip_longest(*rows), strict=True):
            series.append(self._series(name, values))
        return pl.DataFrame(series)

    def _series(self, name: str, values: Sequence[Any]) -> pl.Series:
        type_ = self._declared.get(name)
        if type_ is None:
            return pl.Series(name, [_text(value) for value in values], pl.String())
        if type_ == "json":
            return pl.Series(name, [_json_text(value) for value in values], pl.String())
        return pl.Series(name, values, _TYPES[type_][1])

    def _compile(self) -> None:
        fields: list[Any] = [(name, _TYPES[type_][0], None) for name, type_ in self._declared.items()]
        fields += [(name, msgspec.Raw, None) for name in self._evolved]
        self._decode = msgspec.json.Decoder(msgspec.defstruct("Row", fields, forbid_unknown_fields=True, gc=False)).decode
        self._names = {name.lower() for name in (*OWN, *self._declared, *self._evolved)}

    def _grow(self, names: Iterable[str]) -> None:
        for name in names:
            # Tables do not tell names apart by case.
            if name.lower() not in self._names and FIELD_NAME.fullmatch(name) and len(self._names) < MOST_COLUMNS:
                self._evolved.append(name)
                self._names.add(name.lower())
        self._compile()

    def _row(self, data: dict[str, Any]) -> tuple[tuple[Any, ...], str | None]:
        """Of an event that is not as declared: its values, and what is left."""
        row: list[Any] = []
        for name, type_ in self._declared.items():
            value = data.pop(name, None)
            if type_ == "json":
                row.append(None if value is None else _encode(value))
                continue
            try:
                row.append(msgspec.convert(value, _TYPES[type_][0]))
            except msgspec.ValidationError:  # declared otherwise since it was admitted
                row.append(None)
                data[name] = value
        for name in self._evolved:
            value = data.pop(name, None)
            row.append(None if value is None else _encode(value))
        return tuple(row), _encode(data).decode() if data else None


def _json_text(raw: bytes | msgspec.Raw | None) -> str | None:
    text = b"null" if raw is None else bytes(raw)
    return None if text == b"null" else text.decode()


def _text(raw: bytes | msgspec.Raw | None) -> str | None:
    text = _json_text(raw)
    if text is None or not text.startswith('"'):
        return text
    string: str = _json(text)
    return string


@lru_cache(maxsize=1024)
def _day(days: int) -> date:
    return _EPOCH + timedelta(days)
