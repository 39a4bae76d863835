"""The files of a page, and those that all pages are made with."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI
from starlette.testclient import TestClient

from shared.http.page_files import SECURITY_HEADERS, PageFiles


def page(folder: Path) -> TestClient:
    app = FastAPI()
    app.mount("/", PageFiles(folder))
    return TestClient(app)


def test_what_all_pages_are_made_with_is_there_as_script_that_the_page_may_run(tmp_path: Path) -> None:
    answer = page(tmp_path).get("/shared/elements.js")
    assert answer.status_code == 200
    assert "export function el(" in answer.text
    assert answer.headers["content-type"].startswith("text/javascript")
    assert SECURITY_HEADERS.items() <= dict(answer.headers).items()


def test_a_file_of_the_page_comes_before_one_of_all_pages(tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "elements.js").write_text("own")
    assert page(tmp_path).get("/shared/elements.js").text == "own"


def test_nothing_else_of_the_checkout_is_served(tmp_path: Path) -> None:
    client = page(tmp_path)
    assert [client.get(path).status_code for path in ("/page_files.py", "/shared/../page_files.py", "/..%2fpage_files.py")] == [404] * 3
