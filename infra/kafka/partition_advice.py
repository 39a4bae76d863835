"""From measured speeds to a number of partitions and of replicas: arithmetic and its reasons, no cluster."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from infra.kafka.throughput import Cores

HEAD_ROOM = 1.5
"""A group that was away has to catch up while new records come; and a burst is not announced."""
BUSY = 0.85
"""Of a core or a machine: no more is to be had."""
OTHERS = 0.1
"""Of a machine, in other programs: so much spoils a measurement."""


@dataclass(frozen=True)
class Rates:
    """Bytes a second at one number of partitions."""

    produced: float
    consumed: float


@dataclass(frozen=True)
class Advice:
    number: int
    reasons: tuple[str, ...]


def partitions(target: float, measured: Mapping[int, Rates], consumer: float | None = None) -> Advice:
    """`target`: bytes a second of the whole topic; `consumer`: what one process of the slowest group handles, where that is known."""
    fewest = min(measured)
    produced, consumed = measured[fewest].produced / fewest, measured[fewest].consumed / fewest
    reading = min(consumed, consumer) if consumer else consumed
    number = max(1, math.ceil(round(HEAD_ROOM * max(target / produced, target / reading), 6)))
    by = "producing" if produced <= reading else "consuming"
    reasons = [
        f"max({_mb(target)} / {_mb(produced)} producing, {_mb(target)} / {_mb(reading)} consuming, each by partition) "
        f"x {HEAD_ROOM} head-room, rounded up; {by} decides",
        "head-room is for bursts, and for a group that was away and has to catch up while records come; partitions cannot be taken away "
        "later, and added ones move keys",
    ]
    if consumer is None:
        reasons.append(
            "a consumer that handles its records is slower than one that only reads: give what one process of the slowest group "
            "manages (make bench-...) as CONSUMER_MB_S=..."
        )
    best = max(measured, key=lambda count: measured[count].produced)
    if target > measured[best].produced:
        reasons.append(
            f"BEWARE: {_mb(target)} MB/s were reached at no number of partitions, the most was {_mb(measured[best].produced)} at {best}: "
            "that wants more brokers or cores, not more partitions"
        )
    elif number > max(measured) and reading == consumed:
        reasons.append(f"more than the {max(measured)} that were measured: that speed goes on growing is an assumption")
    return Advice(number, tuple(reasons))


def replication(brokers: int, min_in_sync: int, silence_seconds: float, target: float) -> Advice:
    """`silence_seconds`: how long a dead broker's partitions have no leader."""
    number = min(3, brokers)
    if number == 1:
        return Advice(1, ("there is one broker: its death stops the topic, its disk's death loses it; only more brokers mend that",))
    reasons = [f"{brokers} brokers are at hand, and three copies survive a second failure while the first is mended"]
    if number == 2:
        reasons = ["two brokers are at hand: two copies, and no majority; a third broker is worth more than any setting"]
    disk, network = _mb(target * number), _mb(target * (number - 1))
    reasons.append(f"each record is stored {number} times: {disk} MB/s of disk, {network} MB/s between brokers")
    if min_in_sync >= number:
        reasons.append(f"min.insync.replicas={min_in_sync}: the death of any broker stops writing; {number - 1} is usual")
    elif min_in_sync == 1:
        reasons.append("min.insync.replicas=1: acks=all may mean a single copy, whose broker's death loses it: set 2")
    else:
        reasons += [
            f"one broker's death loses nothing acknowledged (min.insync.replicas={min_in_sync}): 1/{brokers} of the partitions have no "
            f"leader for {silence_seconds:.0f} s (broker.session.timeout.ms) and an election; then the others lead 1/{brokers - 1} each",
            f"with {number - min_in_sync + 1} brokers dead, partitions are read and not written (NOT_ENOUGH_REPLICAS)",
        ]
    return Advice(number, tuple(reasons))


def limited_by(cores: Cores, available: int) -> str:
    """What stood in the way of more, from the cores that were busy."""
    if cores.thread > BUSY:
        return f"this tool: its Python thread was busy all the time ({cores.thread:.2f} cores), so Kafka may do more"
    whose = f"brokers {cores.brokers:.2f}, this tool {cores.tool:.2f}, others {cores.others:.2f} of {available} cores"
    if cores.machine <= BUSY * available:
        return f"waiting, not by CPU: for replicas, disk, network, or brokers elsewhere ({whose})"
    if cores.others > OTHERS * available:
        return f"the CPU of this machine, of which other programs took much: measure again when it is quiet ({whose})"
    return f"the CPU of this machine: brokers with cores of their own do more ({whose})"


def _mb(rate: float) -> str:
    return f"{rate / 1e6:,.1f}"
