"""Edits that nobody made, in the shape of wikipedia-edits."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

from shared.clock import Clock, to_rfc3339

SOURCE = "wikipedia-edits"

_CHANNELS = {"en": 50, "de": 12, "fr": 10, "es": 9, "ru": 8, "it": 5, "ja": 4, "sv": 2}
_TOPICS = ("River", "Lighthouse", "Comet", "Opera", "Volcano", "Bridge", "Archive", "Harbour", "Observatory", "Canal", "Orchard")
_PLACES = ("Lisbon", "Tartu", "Graz", "Nantes", "Osaka", "Bergen", "Cusco", "Perth", "Bari", "Gdansk", "Leiden", "Porto")
_COMMENTS = (
    "typo",
    "/* History */ source added",
    "category",
    "image moved",
    "/* See also */",
    "wording",
    "reverted a test",
    "table mended",
)
_CITIES = (("Madrid", "ES", "Spain"), ("Milan", "IT", "Italy"), ("Toronto", "CA", "Canada"), ("Leeds", "GB", "United Kingdom"))


def edits(rng: Random, clock: Clock) -> Iterator[dict[str, Any]]:
    """Without end. Few pages and editors have most of the edits; a hundredth of the edits is large, or a new article."""
    while True:
        robot, anonymous = rng.random() < 0.35, rng.random() < 0.1
        new = rng.random() < 0.03
        added = int(rng.paretovariate(0.9) * 12) if rng.random() < 0.8 else 0
        deleted = 0 if new else int(rng.paretovariate(0.9) * 8) if rng.random() < 0.3 else 0
        page = f"{rng.choice(_TOPICS)} of {rng.choice(_PLACES)}"
        city, code, country = rng.choice(_CITIES) if anonymous else (None, None, None)
        yield {
            "time": to_rfc3339(clock()),
            "channel": f"#{rng.choices(list(_CHANNELS), list(_CHANNELS.values()))[0]}.wikipedia",
            "page": f"{page} {rng.randrange(10_000)}" if new else page,
            "user": f"10.0.{rng.randrange(256)}.{rng.randrange(256)}" if anonymous else f"Editor{int(rng.paretovariate(1.1)) % 5000}",
            "comment": rng.choice(_COMMENTS),
            "namespace": "Main" if rng.random() < 0.8 else "Talk",
            "delta": min(added, 200_000) - min(deleted, 100_000),
            "added": min(added, 200_000),
            "deleted": min(deleted, 100_000),
            "isAnonymous": anonymous,
            "isMinor": rng.random() < 0.3,
            "isNew": new,
            "isRobot": robot and not anonymous,
            "isUnpatrolled": anonymous,
            "cityName": city,
            "countryIsoCode": code,
            "countryName": country,
            "regionIsoCode": None,
            "regionName": None,
            "metroCode": None,
        }
