"""Connections to the stores, with one meaning of "away" for all: StoreUnavailableError."""

from __future__ import annotations


class StoreUnavailableError(ConnectionError):
    """A store is away or overloaded: the same batch may succeed later."""
