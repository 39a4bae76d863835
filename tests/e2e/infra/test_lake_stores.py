"""S3 and HDFS as a lake's tables use them, and what is left of a table when a server is killed."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import polars as pl
import pytest
from deltalake import DeltaTable, write_deltalake
from deltalake.exceptions import DeltaError

from infra.local.component import Environment
from infra.s3.component import COMPONENT as S3
from shared.testing.eventually import NOT_YET, eventually
from tests.e2e.infra.checkout import Checkout

pytestmark = pytest.mark.timeout(300)
_AWAY = (*NOT_YET, OSError, DeltaError)
_KILLED = [("s3", "s3"), ("hdfs", "hdfs-namenode"), ("hdfs", "hdfs-datanode-1"), ("hdfs", "hdfs-datanode-2")]


@dataclass(frozen=True)
class Table:
    """A Delta table of numbers, in a place of its own."""

    url: str
    options: dict[str, str]

    def append(self, *numbers: int) -> None:
        write_deltalake(self.url, pl.DataFrame({"number": numbers}), mode="append", storage_options=self.options)

    def numbers(self) -> list[int]:
        found: list[int] = DeltaTable(self.url, storage_options=self.options).to_pyarrow_table()["number"].to_pylist()
        return sorted(found)


def new_table(store: str, env: Environment) -> Table:
    name = uuid4().hex
    if store == "hdfs":
        return Table(f"{env['HDFS_URL']}/lake/{name}", {})
    options = {
        "AWS_ENDPOINT_URL": env["S3_ENDPOINT_URL"],
        "AWS_ACCESS_KEY_ID": env["S3_ACCESS_KEY_ID"],
        "AWS_SECRET_ACCESS_KEY": env["S3_SECRET_ACCESS_KEY"],
        "AWS_REGION": env["S3_REGION"],
        "AWS_ALLOW_HTTP": "true",
        "aws_conditional_put": "etag",
    }
    return Table(f"s3://lake/{name}", options)


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    made = Checkout(tmp_path_factory.mktemp("lake"))
    contracts: Path = made.root / "services" / "lake" / "contracts"
    contracts.mkdir()
    (contracts / "topics.yaml").write_text("topics: []\n")
    try:
        text = made.up("lake").text
        assert "s3: created the bucket lake" in text
        assert "hdfs: created the folder /lake" in text
        yield made
    finally:
        made.run("down")
    assert not made.processes()


def test_a_second_up_changes_nothing(lake: Checkout) -> None:
    pids, env = lake.pids(), lake.env
    text = lake.up("lake").text
    assert "starting" not in text
    assert "created" not in text
    assert (lake.pids(), lake.env) == (pids, env)
    assert lake.run("status").code == 0


def test_another_secret_is_refused(lake: Checkout) -> None:
    assert S3.probe(lake.env) is None
    assert "SignatureDoesNotMatch" in str(S3.probe(lake.env | {"S3_SECRET_ACCESS_KEY": "guessed"}))


@pytest.mark.parametrize("store", ["s3", "hdfs"])
def test_of_writers_at_once_none_loses_a_row(lake: Checkout, store: str) -> None:
    table = new_table(store, lake.env)
    table.append(-1)

    def write(writer: int) -> None:
        for number in range(10 * writer, 10 * writer + 5):
            table.append(number)

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(write, range(3)))
    assert table.numbers() == [-1, *range(5), *range(10, 15), *range(20, 25)]


@pytest.mark.parametrize(("store", "program"), _KILLED)
def test_a_table_outlives_its_server(lake: Checkout, store: str, program: str) -> None:
    table = new_table(store, lake.env)
    table.append(1, 2, 3)
    killed = lake.pids()[program]
    next(process for process in lake.processes() if process.pid == killed).kill()
    eventually(lambda: lake.pids()[program] not in (0, killed), within=30)
    assert eventually(table.numbers, within=80, not_yet=_AWAY) == [1, 2, 3]
    eventually(lambda: table.append(4), within=80, not_yet=_AWAY)
    # What was answered with an error may be there all the same.
    assert set(eventually(table.numbers, within=80, not_yet=_AWAY)) == {1, 2, 3, 4}
