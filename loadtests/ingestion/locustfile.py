"""Sources and analysts for Locust: most calls bring events, a hundred at a time; the others ask what they have come to.

| share | calls |
|---|---|
| 75 % | a hundred edits to ingest-api |
| 15 % | full text over the speed layer, newest first |
| 6 % | counts by channel in the speed layer |
| 3 % | how far the layers are |
| 1 % | counts by channel in the layer on S3 |
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from loadtests.arrivals import Arrivals
from loadtests.calls import Call
from services.ingestion.editors.domain import SOURCE, edits
from shared import clock

EVENTS_A_CALL = 100
WORDS = ("river", "lighthouse", "comet", "opera", "volcano", "bridge", "archive", "harbour")

SEND = "POST /v1/sources/{source}/events"
SEARCH, COUNTS, COUNTS_S3 = "GET /v1/sources/{source}/events", "GET /v1/sources/{source}/counts", "GET /v1/sources/{source}/counts?layer=s3"
LAYERS = "GET /v1/layers"
CALLS = (SEND, SEARCH, COUNTS, COUNTS_S3, LAYERS)
PATH = f"/v1/sources/{SOURCE}"


class Sources(Arrivals):
    case = "ingestion"

    def calls(self) -> Iterator[Call]:
        made = edits(self.random, clock.now)
        while True:
            share = self.random.random()
            if share < 0.75:
                yield Call("ingest-api", SEND, f"{PATH}/events", list(islice(made, EVENTS_A_CALL)))
            elif share < 0.90:
                yield Call("query-api", SEARCH, f"{PATH}/events?q={self.random.choice(WORDS)}")
            elif share < 0.96:
                yield Call("query-api", COUNTS, f"{PATH}/counts?by=channel")
            elif share < 0.99:
                yield Call("query-api", LAYERS, "/v1/layers")
            else:
                yield Call("query-api", COUNTS_S3, f"{PATH}/counts?by=channel&layer=s3")
