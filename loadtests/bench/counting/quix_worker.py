"""The job in Quix Streams, which has an environment of its own (quix.txt): BOOTSTRAP SOURCE OUTPUT GROUP STATE_DIR."""

import struct
import sys

from quixstreams import Application

COUNT = struct.Struct(">q")


def main(bootstrap, source, output, group, state_dir):
    app = Application(
        broker_address=bootstrap,
        consumer_group=group,
        processing_guarantee="exactly-once",
        auto_offset_reset="earliest",
        commit_interval=0.1,
        state_dir=state_dir,
        consumer_extra_config={"session.timeout.ms": 6000, "queued.max.messages.kbytes": 16384},
        producer_extra_config={"transaction.timeout.ms": 10000, "compression.type": "lz4", "linger.ms": 20},
        loglevel="ERROR",
    )
    events = app.topic(source, key_deserializer="bytes", value_deserializer="bytes")
    counts = app.topic(output, key_serializer="bytes", value_serializer="bytes")

    def count(_, state):
        now = state.get("count", 0) + 1
        state.set("count", now)
        return COUNT.pack(now)

    app.dataframe(events).apply(count, stateful=True).to_topic(counts)
    app.run()


if __name__ == "__main__":
    main(*sys.argv[1:])
