"""Consumer groups for whoever runs Kafka, and the words for what cannot be done with one."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping

import msgspec
from confluent_kafka import KafkaError, KafkaException

from infra.kafka.group_members import Group
from infra.local.settings import ROOT
from infra.local.stack_file import case_names, load_case
from shared.consumer.group_offsets import GroupOffsets

PATIENCE_SECONDS = 25.0
"""Longer than another broker needs to become the coordinator where one was killed (9 s measured)."""


class RefusedError(Exception):
    """What was asked for is not done. The text is a sentence that says why, and what to do."""


def find_group(env: Mapping[str, str], offsets: GroupOffsets, name: str) -> Group:
    """Raises RefusedError where there is no such group, naming those that there are, and where its coordinator stays away."""
    # Its coordinator is asked: while a broker is away, the list of all groups is without those that it coordinates.
    group = _members(env, name)
    if group is None:
        raise RefusedError(f"There is no group {name!r} (there are: {', '.join(offsets.groups()) or 'none yet'}).")
    return group


def _members(env: Mapping[str, str], name: str) -> Group | None:
    until = time.monotonic() + PATIENCE_SECONDS
    command = [sys.executable, "-m", "infra.kafka.group_members", name]
    while True:
        asked = subprocess.run(command, cwd=ROOT, env={**os.environ, **env}, capture_output=True, text=True, check=False)
        if asked.returncode == 0:
            return msgspec.json.decode(asked.stdout, type=Group | None)
        if time.monotonic() > until:
            reason = asked.stderr.strip().rpartition("\n")[2]
            raise RefusedError(f"The coordinator of {name} does not answer ({reason}): see 'make status', then run this again.")
        time.sleep(0.2)


def how_to_stop(group: Group) -> str:
    """The command where a service of a case is meant, by the rule that a group is named <case>-<service>."""
    names = {f"{service.case}-{service.name}" for case in case_names(ROOT) for service in load_case(ROOT, case).services}
    if group.name in names:
        return f"stop them with 'make stop SERVICE={group.name}', and start them afterwards with 'make restart SERVICE={group.name}'"
    return "stop them where they run"


def exit_code(work: Callable[[], object], interrupted: str = "'make offsets-describe GROUP=...' says where the group is.") -> int:
    """0; where `work` raises RefusedError or KafkaException, 1 with its sentence; 130 for Ctrl-C, saying how it is then."""
    try:
        work()
    except RefusedError as error:
        print(error, file=sys.stderr)
        return 1
    except KafkaException as error:
        print(sentence(error), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"Interrupted: {interrupted}", file=sys.stderr)
        return 130
    return 0


def sentence(error: KafkaException) -> str:
    """For a person: librdkafka's own words, and where it goes from here."""
    reason: KafkaError = error.args[0]
    return f"Kafka does not answer as it should: {reason.str().rstrip('.')} ({reason.name()}). See 'make status', then run this again."
