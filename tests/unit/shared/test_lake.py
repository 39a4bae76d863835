from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from deltalake import DeltaTable, write_deltalake
from deltalake.exceptions import CommitFailedError, DeltaError

from shared.stores import StoreUnavailableError
from shared.stores.lake import batches, unavailable_lake


@pytest.fixture
def table(tmp_path: Path) -> DeltaTable:
    write_deltalake(str(tmp_path / "films"), pl.DataFrame({"film": ["Faust", "Golem"]}))
    return DeltaTable(str(tmp_path / "films"))


@pytest.mark.parametrize(
    "error", [OSError("refused"), TimeoutError("late"), DeltaError("no log"), CommitFailedError("another was quicker")]
)
def test_what_the_client_raises_means_that_the_lake_is_away(error: Exception) -> None:
    with pytest.raises(StoreUnavailableError, match=f"^lake: {error}$") as raised, unavailable_lake():
        raise error
    assert raised.value.__cause__ is error


@pytest.mark.parametrize("error", [TypeError(), KeyError(), ValueError(), AssertionError(), SystemExit(), Exception("of another library")])
def test_an_error_of_the_code_stays_what_it_is(error: BaseException) -> None:
    with pytest.raises(BaseException) as raised, unavailable_lake():
        raise error
    assert raised.value is error


def test_that_the_lake_is_away_is_said_once() -> None:
    with pytest.raises(StoreUnavailableError, match=r"^lake: refused$"), unavailable_lake(), unavailable_lake():
        raise OSError("refused")


def test_a_query_answers_in_batches_of_columns(table: DeltaTable) -> None:
    (batch,) = batches(table, "SELECT film FROM rows ORDER BY film DESC")
    assert batch.column(0).to_pylist() == ["Golem", "Faust"]


def test_a_query_whose_files_cannot_be_read_says_that_the_lake_is_away(table: DeltaTable) -> None:
    for uri in table.file_uris():
        Path(uri).unlink()
    with pytest.raises(StoreUnavailableError, match=r"^lake: .*Parquet error"):
        list(batches(table, "SELECT film FROM rows"))


def test_what_goes_wrong_with_an_answer_is_not_the_lake_s(table: DeltaTable) -> None:
    with pytest.raises(Exception, match=r"^full$") as raised:
        for _ in batches(table, "SELECT film FROM rows"):
            raise Exception("full")
    assert raised.type is Exception
