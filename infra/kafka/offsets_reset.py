"""Moves a consumer group on one topic: shows what that means, and does it only when told to.

All partitions are committed in one request, so all or none are moved. Refused while the group has members: they would commit over it.
Exit codes: 0, 1 where it is refused, 2 for a wrong call (make itself makes 2 of each).
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping
from datetime import UTC, datetime

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import OffsetSpec

from infra.kafka.client import client_config
from infra.kafka.group_members import Group
from infra.kafka.groups import RefusedError, exit_code, find_group, how_to_stop
from infra.kafka.reset_plan import Moment, Move, Target, parse_target, plan
from infra.local.report import print_table
from shared.consumer.group_offsets import EARLIEST, LATEST, GroupOffsets, Place

_USAGE = "make offsets-reset GROUP=... TOPIC=... TO=earliest|latest|<time, RFC 3339>|<offset> [PARTITION=...] [APPLY=1]"
_HAS_MEMBERS = (KafkaError.UNKNOWN_MEMBER_ID, KafkaError.ILLEGAL_GENERATION, KafkaError.REBALANCE_IN_PROGRESS)


def reset(env: Mapping[str, str], group_name: str, topic: str, target: Target, partition: int | None, apply: bool) -> None:
    """Print the table, and apply it where that is wanted. Raises RefusedError, KafkaException."""
    with GroupOffsets(client_config(env)) as offsets:
        group = find_group(env, offsets, group_name)
        moves = _moves(offsets, group, target, _places(offsets, topic, partition))
        print_table(("topic", "partition", "now", "then", "records"), [_row(move) for move in moves])
        print()
        if group.members:
            raise RefusedError(refusal(group))
        if not apply:
            print("Nothing is changed yet: APPLY=1 does it.")
            return
        try:
            offsets.commit(group.name, {move.place: move.then for move in moves})
        except KafkaException as error:
            if error.args[0].code() in _HAS_MEMBERS:
                raise RefusedError(f"{group.name} got a member just now, and nothing was changed: run this again to see whom.") from error
            raise
        print(f"Applied: {group.name} goes on from there.")


def refusal(group: Group) -> str:
    """Who stands in the way and how to stop them."""
    members = ", ".join(member.label for member in group.members)
    static = any(member.instance_id for member in group.members)
    wait = " A static member counts as one for its session timeout after it stopped: give it some seconds." if static else ""
    return f"Refused while {group.name} has members, who would commit over it: {members}. First {how_to_stop(group)}.{wait}"


def _places(offsets: GroupOffsets, topic: str, partition: int | None) -> list[Place]:
    try:
        places = offsets.places([topic])
    except KeyError as error:
        known = sorted({name for name, _ in offsets.places()})
        raise RefusedError(f"There is no topic {topic!r} (there are: {', '.join(known) or 'none yet'}).") from error
    chosen = [place for place in places if partition in (None, place[1])]
    if not chosen:
        raise RefusedError(f"{topic} has no partition {partition}: it has 0 to {len(places) - 1}.")
    return chosen


def _moves(offsets: GroupOffsets, group: Group, target: Target, places: list[Place]) -> list[Move]:
    committed = offsets.committed(group.name, places)
    firsts, ends = offsets.offsets(places, EARLIEST), offsets.offsets(places, LATEST)
    at_time = offsets.offsets(places, OffsetSpec.for_timestamp(target.milliseconds)) if isinstance(target, Moment) else {}
    return plan(target, committed, firsts, ends, at_time)


def _row(move: Move) -> tuple[str, ...]:
    topic, partition = move.place
    return (topic, str(partition), "-" if move.now is None else str(move.now), str(move.then), move.effect)


def main() -> int:
    parser = argparse.ArgumentParser(prog="make offsets-reset", usage=_USAGE)
    for name in ("group", "topic", "to"):
        parser.add_argument(name)
    parser.add_argument("--partition", type=int)
    parser.add_argument("--apply", action="store_true")
    options = parser.parse_args()
    for name in ("group", "topic", "to"):
        if not getattr(options, name):
            parser.error(f"{name.upper()}=... is missing")

    def work() -> None:
        target = parse_target(options.to, datetime.now(UTC))
        reset(os.environ, options.group, options.topic, target, options.partition, options.apply)

    return exit_code(work)


if __name__ == "__main__":
    sys.exit(main())
