"""From rows to alerts: the bank's inserts, Debezium, the alert processor, each alone; and the chain of them."""

from __future__ import annotations

from loadtests.bench.comparison import BenchError, Comparison, Competitor, Goal, Sample
from loadtests.bench.process import handled, measure, running, watch
from loadtests.bench.readers import Readers
from loadtests.bench.world import Server, World, free_port
from loadtests.mybank.benchmarks.backlog import commit, connectors_record, fresh_bookings, records
from loadtests.mybank.benchmarks.connector import Connector, decoded_alone
from loadtests.mybank.bookings import ALERT_EVERY, CONNECTIONS
from services.mybank.contracts.topics import BANK_TRANSACTIONS, USER_ALERTS
from shared.streams.transactional_runner import BATCH_SIZE

ONE, SEVERAL, BATCHES = (
    "a commit each, 1 connection",
    f"a commit each, {CONNECTIONS} connections",
    f"100 a commit, {CONNECTIONS} connections",
)
DECODING, DEBEZIUM = "PostgreSQL decoding its log", "Debezium, log to topic"
CONSUME, DECODE, PROCESSOR = "consume alone", "consume and decode", "alert-processor"
CHAIN = "commit to view: Debezium, processor, projector"
ROWS = {ONE: 10_000, SEVERAL: 20_000, BATCHES: 40_000}
_ALONE = "loadtests.mybank.benchmarks.alone"
READ, DRAINED, CHAINED = 300_000, 100_000, 48_000
WANTED_A_SECOND = 2000
PROCESSOR_GROUP, PROJECTOR_GROUP = "mybank-alert-processor", "mybank-alerts-projector"


def commits(world: World, scale: float) -> Comparison:
    """With nobody reading the log: the connector is stopped meanwhile."""
    connector = Connector(world)

    def inserts(name: str, connections: int, rows: int) -> Competitor:
        def run(_round: int) -> Sample:
            number, port = int(ROWS[name] * scale) // (connections * rows) * connections * rows, free_port()
            command = world.python(_ALONE, "commit", str(number), str(connections), str(rows), SERVICE_PORT=str(port))
            with connector.stopped():
                sample = measure([command], handled(port), number, world.folder, servers=world.servers())
            connector.read_all()
            return sample

        return run

    return Comparison(
        "commits",
        "Rows into PostgreSQL, synchronous_commit as the bank has it",
        {
            ONE: inserts(ONE, 1, 1),
            SEVERAL: inserts(SEVERAL, CONNECTIONS, 1),
            BATCHES: inserts(BATCHES, CONNECTIONS, 100),
        },
        [Goal(f"rows a second, {SEVERAL}", lambda f: f[SEVERAL].rate, WANTED_A_SECOND)],
        reference=SEVERAL,
    )


def alerts(world: World, scale: float) -> Comparison:
    readers = _readers(world)
    return Comparison(
        "alerts",
        "Transactions into alerts, from a backlog in the topic",
        {
            CONSUME: readers.reading(int(READ * scale)),
            DECODE: readers.reading(int(DRAINED * scale), "decode"),
            PROCESSOR: _processor(readers, scale),
        },
        [Goal(f"transactions a second of {PROCESSOR}", lambda f: f[PROCESSOR].rate, WANTED_A_SECOND)],
        reference=DECODE,
    )


def chain(world: World, scale: float) -> Comparison:
    """Each from a backlog. In the chain they share the machine's cores."""
    number = int(CHAINED * scale) // ALERT_EVERY * ALERT_EVERY
    connector = Connector(world)

    def decoding(_round: int) -> Sample:
        with connector.stopped():
            sample = decoded_alone(lambda: commit(number, fresh_bookings(world)), number, world.servers())
        connector.read_all()
        return sample

    def debezium(_round: int) -> Sample:
        with connector.stopped():
            commit(number, fresh_bookings(world))
            written = world.written(BANK_TRANSACTIONS.name)
        return watch(Server(world, "connect"), written, number, servers=world.servers(without="connect"))

    def whole(_round: int) -> Sample:
        ports = free_port(), free_port()
        modules = ("services.mybank.alert_processor", "services.mybank.alerts_projector")
        for group, topic in ((PROCESSOR_GROUP, BANK_TRANSACTIONS.name), (PROJECTOR_GROUP, USER_ALERTS.name)):
            world.begin_at(group, {topic: world.ends(topic)})
        with running([world.service(*each) for each in zip(modules, ports, strict=True)], world.folder) as services:
            with connector.stopped():
                commit(number, fresh_bookings(world))
            # The last stage tells how far the chain is: of its alerts, each stands for the same number of transactions.
            return watch(services, lambda: handled(ports[1])() * ALERT_EVERY, number, servers=world.servers())

    return Comparison(
        "chain",
        "Committed rows into alerts in the view, from a backlog in PostgreSQL's log",
        {DECODING: decoding, DEBEZIUM: debezium, PROCESSOR: _processor(_readers(world), scale), CHAIN: whole},
        [
            Goal(f"rows a second of {DEBEZIUM}", lambda f: f[DEBEZIUM].rate, WANTED_A_SECOND),
            Goal(f"transactions a second, {CHAIN}", lambda f: f[CHAIN].rate, WANTED_A_SECOND),
        ],
        reference=DEBEZIUM,
    )


def _readers(world: World) -> Readers:
    like = connectors_record(world)
    return Readers(world, _ALONE, BANK_TRANSACTIONS.name, lambda number: records(number, fresh_bookings(world), like))


def _processor(readers: Readers, scale: float) -> Competitor:
    """Commits BATCH_SIZE at a time."""
    number = max(4 * BATCH_SIZE, int(DRAINED * scale))
    service = readers.service("services.mybank.alert_processor", PROCESSOR_GROUP, number)

    def run(number_of_round: int) -> Sample:
        before = readers.world.ends(USER_ALERTS.name)
        sample = service(number_of_round)
        raised = sum(readers.world.ends(USER_ALERTS.name).values()) - sum(before.values())
        if raised < 0.9 * number / ALERT_EVERY:
            raise BenchError(f"the alert processor raised {raised} alerts of {number} transactions")
        return sample

    return run
