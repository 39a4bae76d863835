"""Groups described, measured and moved while the broker that coordinates them is dead."""

from __future__ import annotations

import re

import pytest

from infra.kafka.client import client_config
from infra.kafka.groups import find_group
from infra.kafka.lag import lag_lines
from infra.kafka.offsets_reset import reset
from infra.kafka.reset_plan import Edge
from shared.consumer.group_offsets import LATEST, GroupOffsets
from shared.testing import eventually
from tests.chaos.processes import Processes
from tests.conftest import Stack
from tests.integration.real_cluster import RealCluster
from tests.suites.cluster import random_name

pytestmark = pytest.mark.breaks_servers


def test_another_broker_takes_the_group_over_and_everything_goes_on(
    breakable_stack: Stack, cluster: RealCluster, processes: Processes
) -> None:
    env, topic, group = breakable_stack.env, cluster.create_topic(3), random_name("group")
    for partition in range(3):
        cluster.append(topic, b"one", partition=partition)
    with GroupOffsets(client_config(env)) as offsets:
        places = offsets.places([topic])
        assert offsets.offsets(places, LATEST) == dict.fromkeys(places, 1)
        offsets.commit(group, dict.fromkeys(places, 0))
        before = find_group(env, offsets, group).coordinator
        found = re.match(r"broker (\d)", before)
        assert found is not None
        processes.take_away(f"kafka-{found[1]}")
        eventually(lambda: find_group(env, offsets, group).coordinator != before, not_yet=(Exception,), within=60)
        assert offsets.committed(group, places) == dict.fromkeys(places, 0)
        # Of a leader that is dead too: who knew it asks the one after it.
        assert offsets.offsets(places, LATEST) == dict.fromkeys(places, 1)
        assert offsets.unread(dict.fromkeys(places, 0)) == dict.fromkeys(places, 1)
    reset(env, group, topic, Edge(earliest=False), None, apply=True)
    assert cluster.committed(group, topic) == {0: 1, 1: 1, 2: 1}
    assert f"lag  {group}  {topic}: 0" in lag_lines(env)
