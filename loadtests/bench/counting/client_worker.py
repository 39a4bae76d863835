"""What the client itself costs, without a job: read, write one record for each, commit. SOURCE OUTPUT GROUP.

No state, no decoding, no counting, no look at offsets or errors: nothing that uses confluent-kafka so can cost less.
"""

from __future__ import annotations

import sys

from confluent_kafka import Consumer, Producer

from shared.consumer.client import consumer_config
from shared.settings import ServiceSettings
from shared.streams.transactional_runner import BATCH_SIZE
from shared.streams.transactions import transactional_config

VALUE = bytes(8)


def main(source: str, output: str, group: str) -> None:
    client = ServiceSettings().kafka.client()
    consumer, producer = Consumer(consumer_config(client, group, 0)), Producer(transactional_config(client, group, 0))
    producer.init_transactions(10)
    consumer.subscribe([source], on_assign=lambda consumer, partitions: consumer.incremental_assign(partitions))
    while True:
        messages = consumer.consume(BATCH_SIZE, 0.1)
        if not messages:
            continue
        producer.begin_transaction()
        for message in messages:
            producer.produce(output, VALUE, message.key())
        producer.send_offsets_to_transaction(consumer.position(consumer.assignment()), consumer.consumer_group_metadata(), 10)
        producer.commit_transaction(10)


if __name__ == "__main__":
    main(*sys.argv[1:])
