"""recommender: what does this user like, and what should they watch next?

Reads: movieflix.show-rating and movieflix.show-position (both by user), movieflix.shows for titles and genres, movieflix.models and the
matrix it names in Valkey.
Writes: movieflix.user-profile and movieflix.recommendations, within a tenth of a second of a rating or a show begun or finished, and for
every user when a model was swapped in and after a rebalance.
Guarantee: effectively once: a history is exact however often an event is delivered; outputs are repeated, with the same revision.
Nothing seen or begun is recommended.
Left out: forgetting (a taste of years ago counts as today's), and shows that only a diverse list would bring up.
"""

from __future__ import annotations

from typing import Any

import faust

from services.movieflix.contracts.model_files import ValkeyModelFiles
from services.movieflix.contracts.topics import CASE_DIR, MODELS, SHOW_RATING, SHOWS
from services.movieflix.recommender.agents import Recommender, add_agents, publish_changes
from services.movieflix.recommender.settings import RecommenderSettings
from services.movieflix.recommender.store import Catalogue, CurrentModel
from shared import clock
from shared.contracts import load_contracts
from shared.health import Health
from shared.registry import HttpSchemaRegistry
from shared.serialization import codec_factory
from shared.stores import valkey
from shared.streams.faust_app import create_faust_app
from shared.streams.faust_worker import Background, run_faust
from shared.streams.replica import TopicReplica
from shared.streams.watchdog import Watchdog

GROUP = "movieflix-recommender"
START_SECONDS = 60.0


def build(settings: RecommenderSettings, health: Health) -> tuple[faust.App, Watchdog, Background]:
    """Wire the service. Waits until catalogue and model are read: what is published before would lack them."""
    codec: Any = codec_factory(CASE_DIR, HttpSchemaRegistry(settings.registry))
    client = valkey.connect(settings.valkey)
    catalogue, model = Catalogue(), CurrentModel(ValkeyModelFiles(client))
    for replica in (
        TopicReplica(SHOWS, codec(SHOWS), settings.kafka.client(), catalogue.on_event),
        TopicReplica(MODELS, codec(MODELS), settings.kafka.client(), model.on_event),
    ):
        replica.wait_until_caught_up(START_SECONDS)
    app = create_faust_app(GROUP, settings, store=settings.store)
    watchdog = Watchdog(app, health)
    partitions = load_contracts(CASE_DIR).topic(SHOW_RATING.name).partitions
    recommender = Recommender(catalogue, model, codec, clock.now)
    histories = add_agents(app, partitions, recommender, codec, watchdog)
    return app, watchdog, lambda: publish_changes(histories, recommender, watchdog.is_ready)


def main() -> None:
    settings = RecommenderSettings()
    run_faust(settings, lambda health: build(settings, health))


if __name__ == "__main__":
    main()
