"""web-page: what does a person see of all this?

Reads: the files in static/; the event topics of the case, from their ends, while somebody watches the events panel.
Writes: nothing; it forwards what the page sends to the APIs.
Guarantee: none of its own. Events are shown as a sample of at most 200 a second, with the true rates beside them.
Left out: who the caller is; TLS.
"""

from __future__ import annotations

from pathlib import Path

from services.movieflix.contracts.topics import CASE_DIR, MODELS, RECOMMENDATIONS, SHOW_POSITION, SHOW_RATING, SHOWS, USER_PROFILE
from services.movieflix.web_page.app import web_page
from shared.consumer.tap import TopicTap
from shared.http.app import serve
from shared.registry import HttpSchemaRegistry
from shared.serialization import codecs
from shared.settings import ServiceSettings, service_url

STATIC = Path(__file__).parent / "static"
WATCHED = (SHOW_POSITION, SHOW_RATING, USER_PROFILE, RECOMMENDATIONS, SHOWS, MODELS)
FORWARDED = ("playback", "resume", "recommendations", "catalog", "analytics")


def main() -> None:
    settings = ServiceSettings()
    tap = TopicTap(settings.kafka.client(), codecs(CASE_DIR, *WATCHED)(HttpSchemaRegistry(settings.registry)))
    services = {name: service_url("movieflix", f"{name}-api") for name in FORWARDED}
    serve(lambda: web_page(STATIC, services, tap), settings)


if __name__ == "__main__":
    main()
