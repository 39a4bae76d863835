"""model-trainer: what do shows say of each other?

Reads: the analytics store (current ratings, viewings, shows), movieflix.models for the last version.
Writes: the matrix of each version to Valkey, then movieflix.models.
Guarantee: a version that is announced can be loaded; versions rise. A training that fails leaves the model before it in place.
Left out: learning from a single event at once (a recommender applies the last model to the newest history), and several trainers at a time.
"""

from __future__ import annotations

import asyncio
import os
import signal
from typing import Any

from services.movieflix.contracts.events import ModelTrained
from services.movieflix.contracts.model_files import ValkeyModelFiles
from services.movieflix.contracts.topics import CASE_DIR, MODELS
from services.movieflix.model_trainer.handler import Trainer
from services.movieflix.model_trainer.settings import TrainerSettings
from services.movieflix.model_trainer.store import AnalyticsStore
from shared.health import Health, Heartbeat, serve_health
from shared.logging import configure_logging, get_logger
from shared.producer import BrokerUnavailableError, EventPublisher
from shared.registry import HttpSchemaRegistry
from shared.serialization import codec_factory
from shared.stores import StoreUnavailableError, search, valkey
from shared.streams.replica import TopicReplica

log = get_logger(__name__)

FIT_SECONDS = 600.0
"""A turn of the loop that takes longer than the largest fit is stuck."""


async def run(settings: TrainerSettings, health: Health) -> None:
    """Train whenever it is due, until cancelled."""
    codec: Any = codec_factory(CASE_DIR, HttpSchemaRegistry(settings.registry))
    versions = [0]
    replica = TopicReplica(MODELS, codec(MODELS), settings.kafka.client(), lambda event: versions.append(event.version))
    await asyncio.to_thread(replica.wait_until_caught_up, 60)
    elastic = search.connect(settings.elasticsearch)
    trainer = Trainer(AnalyticsStore(elastic), ValkeyModelFiles(valkey.connect(settings.valkey)), settings)
    publisher = EventPublisher("model-trainer", settings.kafka.client())
    heartbeat = Heartbeat(FIT_SECONDS)
    health.add_live("training", heartbeat.check)
    health.add_ready("elasticsearch", search.health_check(elastic))
    health.add_ready("model", lambda: None if versions[-1] else "no model trained yet")
    serve_health(health, settings.host, settings.port)
    event: ModelTrained | None = None
    try:
        while True:
            heartbeat.beat()
            try:
                # What could not be announced is announced before anything new is learned.
                event = event or await asyncio.to_thread(trainer.train_if_due, max(versions))
                if event is not None:
                    await publisher.publish(MODELS, codec(MODELS), [event])
                    _log(event)
                    event = None
            except (StoreUnavailableError, BrokerUnavailableError) as error:
                log.warning("training_postponed", reason=str(error))
            await asyncio.sleep(settings.check_seconds)
    finally:
        await publisher.close()


def _log(event: ModelTrained) -> None:
    log.info("model_trained", version=event.version, items=event.items, interactions=event.interactions, fit_seconds=event.fit_seconds)


async def _until_stopped(settings: TrainerSettings, health: Health) -> None:
    training = asyncio.create_task(run(settings, health))
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, training.cancel)
    try:
        await training
    except asyncio.CancelledError:
        log.info("stopped")


def main() -> None:
    settings = TrainerSettings()
    configure_logging(settings.name, settings.log_level)
    os.nice(19)  # a fit takes all of a core for seconds; who serves viewers goes first
    health = Health()
    asyncio.run(_until_stopped(settings, health))


if __name__ == "__main__":
    main()
