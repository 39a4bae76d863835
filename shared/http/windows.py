"""`from` and `to` of a request."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Query

from shared.http.problems import ProblemError
from shared.window import InvalidWindowError, Window, window


def _window(start: Annotated[str | None, Query(alias="from")] = None, end: Annotated[str | None, Query(alias="to")] = None) -> Window:
    try:
        return window(start, end)
    except InvalidWindowError as error:
        raise ProblemError(422, str(error)) from error


InWindow = Annotated[Window, Depends(_window)]
"""422 for what is no time, or the wrong way round."""
