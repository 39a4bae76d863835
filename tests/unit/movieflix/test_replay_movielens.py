"""A MovieLens folder is read as its publisher ships it, and what is wrong with one is said in a sentence."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from services.movieflix.replay.movielens import DataError, Show, read_ratings, read_shows

MOVIES = """movieId,title,genres
1,Toy Story (1995),Adventure|Animation|Children
11,"American President, The (1995)",Comedy|Drama|Romance
40697,Babylon 5,Sci-Fi
171749,Death Note: Desu nôto (2006\u20132007),(no genres listed)
"""
RATINGS = """userId,movieId,rating,timestamp
2,11,3.5,1000000100
1,1,4.0,1000000100
1,11,0.5,999999999
"""


def write(folder: Path, name: str, text: str, packed: bool = False) -> None:
    if packed:
        (folder / f"{name}.gz").write_bytes(gzip.compress(text.encode()))
    else:
        (folder / name).write_bytes(text.encode())


@pytest.mark.parametrize("packed", [False, True])
def test_titles_are_parted_from_their_years_and_missing_genres_are_none(tmp_path: Path, packed: bool) -> None:
    write(tmp_path, "movies.csv", MOVIES, packed)
    assert read_shows(tmp_path) == [
        Show("1", "Toy Story", ["Adventure", "Animation", "Children"], 1995),
        Show("11", "American President, The", ["Comedy", "Drama", "Romance"], 1995),
        Show("40697", "Babylon 5", ["Sci-Fi"], None),
        Show("171749", "Death Note: Desu nôto (2006\u20132007)", [], None),
    ]


@pytest.mark.parametrize("packed", [False, True])
def test_ratings_come_in_order_of_time_then_user(tmp_path: Path, packed: bool) -> None:
    write(tmp_path, "ratings.csv", RATINGS.replace("\n", "\r\n") if packed else RATINGS, packed)
    assert list(read_ratings(tmp_path).rows()) == [(1, 11, 1, 999999999), (1, 1, 8, 1000000100), (2, 11, 7, 1000000100)]


def test_a_row_that_is_there_twice_counts_once(tmp_path: Path) -> None:
    write(tmp_path, "ratings.csv", RATINGS + "2,11,3.5,1000000100\n2,11,3.5,1000000101\n")
    assert [row[3] for row in read_ratings(tmp_path).rows() if row[0] == 2] == [1000000100, 1000000101]


def test_a_folder_without_the_file_is_told_what_it_should_be(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"There is no movies\.csv or movies\.csv\.gz in .*grouplens"):
        read_shows(tmp_path)


def test_another_header_is_refused_with_the_one_expected(tmp_path: Path) -> None:
    write(tmp_path, "ratings.csv", RATINGS.replace("userId", "user_id"))
    with pytest.raises(DataError, match=r"begins with 'user_id,.*not with 'userId,movieId,rating,timestamp'"):
        read_ratings(tmp_path)


@pytest.mark.parametrize("row", ["1,1,good,1000000000", "1,1,4.0", "x,1,4.0,1000000000"])
def test_a_broken_row_is_told_with_its_place(tmp_path: Path, row: str) -> None:
    write(tmp_path, "ratings.csv", f"{RATINGS}{row}\n")
    with pytest.raises(DataError, match=r"ratings\.csv: .*row"):
        read_ratings(tmp_path)


def test_a_movie_with_too_few_columns_is_told_with_its_line(tmp_path: Path) -> None:
    write(tmp_path, "movies.csv", MOVIES + "9,Nothing\n")
    with pytest.raises(DataError, match=r"movies\.csv, line 6: 2 columns"):
        read_shows(tmp_path)
