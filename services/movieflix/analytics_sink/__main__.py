"""analytics-sink: what happened, for all questions that are asked later?

Reads: movieflix.show-position, movieflix.show-rating.
Writes: Elasticsearch: movieflix-positions and movieflix-ratings, a document for each event; movieflix-current-ratings, the latest
rating of each user and show; movieflix-viewings, how far each user came in each show.
Guarantee: exactly once to the reader. An event id seen again changes nothing; positions and ratings are id spaces of their own.
Left out: forgetting. Indices by month with a policy come with amounts that need them.
"""

from __future__ import annotations

from services.movieflix.analytics_sink.handler import AnalyticsHandler
from services.movieflix.analytics_sink.store import ElasticsearchAnalytics
from services.movieflix.contracts.topics import CASE_DIR, SHOW_POSITION, SHOW_RATING
from shared.consumer.handler import BatchHandler
from shared.health import Health
from shared.serialization import codecs
from shared.settings import ServiceSettings
from shared.stores import search
from shared.worker import run_projector


def main() -> None:
    settings = ServiceSettings()
    client = search.connect(settings.elasticsearch)

    def handler(health: Health) -> BatchHandler:
        health.add_ready("elasticsearch", search.health_check(client))
        return AnalyticsHandler(ElasticsearchAnalytics(client))

    run_projector("movieflix-analytics-sink", settings, codecs(CASE_DIR, SHOW_POSITION, SHOW_RATING), handler, gather_ms=500)


if __name__ == "__main__":
    main()
