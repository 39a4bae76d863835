"""Where a consumer group is: what it committed, what is left, who reads which partition."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping

from infra.kafka.client import client_config
from infra.kafka.group_members import Group
from infra.kafka.groups import exit_code, find_group
from infra.local.report import print_table
from shared.consumer.group_offsets import EARLIEST, LATEST, GroupOffsets, Place, Places

Row = tuple[str, ...]


def describe(env: Mapping[str, str], name: str) -> None:
    """Print it all. Raises RefusedError, KafkaException."""
    with GroupOffsets(client_config(env)) as offsets:
        group = find_group(env, offsets, name)
        committed = offsets.committed(name, offsets.places())
        places = sorted(set(committed) | {place for member in group.members for place in member.partitions})
        firsts, ends = offsets.offsets(places, EARLIEST), offsets.offsets(places, LATEST)
        stable, unread = offsets.offsets(places, LATEST, stable=True), offsets.unread(committed)
    print(headline(group))
    print_table(("topic", "partition", "committed", "end", "lag", "member"), rows(group, places, committed, ends, unread))
    print(f"\n{sum(unread.values())} behind in all")
    for note in notes(committed, firsts, ends, stable):
        print(note)
    if group.members:
        print()
        print_table(("member", "host", "static as", "partitions"), [_member_row(group, number) for number in range(len(group.members))])


def headline(group: Group) -> str:
    count = len(group.members)
    members = "no members" if not count else f"{count} member{'s' if count > 1 else ''}, assigned by {group.assignor or 'none yet'}"
    return f"group {group.name}: {group.state}, {members}; its coordinator is {group.coordinator}\n"


def rows(group: Group, places: list[Place], committed: Places, ends: Places, unread: Places) -> list[Row]:
    """A hyphen stands where the group never committed: auto.offset.reset says where it begins there."""
    readers = {place: member.label for member in group.members for place in member.partitions}
    return [
        (
            place[0],
            str(place[1]),
            str(committed[place]) if place in committed else "-",
            str(ends[place]),
            str(unread[place]) if place in unread else "-",
            readers.get(place, "-"),
        )
        for place in places
    ]


def notes(committed: Places, firsts: Places, ends: Places, stable: Places) -> list[str]:
    """What the numbers alone do not tell."""
    said = []
    for place in sorted(committed):
        topic, partition = place
        if not firsts[place] <= committed[place] <= ends[place]:
            log = f"{firsts[place]} to {ends[place]}"
            said.append(f"{topic} [{partition}]: {committed[place]} is outside of the log ({log}): auto.offset.reset decides")
        if stable[place] < ends[place]:
            said.append(f"{topic} [{partition}]: a transaction is open from {stable[place]} on; who reads committed records waits there")
    return said


def _member_row(group: Group, number: int) -> Row:
    member = group.members[number]
    topics: dict[str, list[str]] = {}
    for topic, partition in member.partitions:
        topics.setdefault(topic, []).append(str(partition))
    partitions = "; ".join(f"{topic} {', '.join(numbers)}" for topic, numbers in topics.items())
    return (member.client_id, member.host, member.instance_id or "-", partitions or "none")


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="make offsets-describe", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("group")
    group = parser.parse_args().group
    if not group:
        parser.error("GROUP=... is missing")
    return exit_code(lambda: describe(os.environ, group))


if __name__ == "__main__":
    sys.exit(main())
