"""MovieFlix's viewers for Locust: ten for each call a second. Which calls they make, and why, is in sittings.py.

The ids of the viewers begin with `load-` and are the same in every run, so that runs do not pile up users.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from urllib.error import URLError
from urllib.request import urlopen

from loadtests.arrivals import Arrivals
from loadtests.calls import Call
from loadtests.movieflix.sittings import SECONDS_BETWEEN_CALLS, Show, evenings
from shared.settings import service_url

UNKNOWN_RUNTIME_MINUTES = 90


class Viewers(Arrivals):
    """They take turns, so that each acts every SECONDS_BETWEEN_CALLS."""

    case = "movieflix"

    def calls(self) -> Iterator[Call]:
        shows = catalogue()
        viewers = [evenings(f"load-{self.number}-{number}", shows, self.random) for number in range(SECONDS_BETWEEN_CALLS)]
        while True:
            for viewer in viewers:
                yield next(viewer)


@cache
def catalogue() -> list[Show]:
    """What catalog-api finds without a question. Raises LookupError with a sentence."""
    url = service_url("movieflix", "catalog-api")
    try:
        with urlopen(f"{url}/v1/shows?limit=100", timeout=10) as answer:
            found = json.load(answer)["items"]
    except (URLError, OSError) as error:
        raise LookupError(f"catalog-api does not answer at {url} ({error}): see 'make status'.") from error
    if not found:
        raise LookupError("The catalogue is empty: the service viewers fills it when it starts; 'make status' tells whether it runs.")
    return [Show(show["show_id"], show["title"], 60.0 * (show.get("runtime_minutes") or UNKNOWN_RUNTIME_MINUTES)) for show in found]
