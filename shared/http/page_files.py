"""The files of a web page, with the headers that keep it fresh and closed to foreign code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

SECURITY_HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}


SHARED = Path(__file__).parent / "static"


class PageFiles(StaticFiles):
    """A folder with an index.html, to be mounted at `/` after every other route; `/shared/` is what all pages are made with.

    Without a build step file names do not change with their content, so a browser asks each time and mostly hears 304.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(directory=folder, html=True)
        self.all_directories.append(SHARED)

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        headers: dict[str, Any] = {"cache-control": "no-cache", **SECURITY_HEADERS}
        response.headers.update(headers)
        return response
