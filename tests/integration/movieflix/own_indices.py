"""Indices of a test's own, made from the contracts' bodies, so that it runs beside whatever else writes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

from elasticsearch import Elasticsearch

from services.movieflix.contracts.topics import CASE_DIR
from shared.contracts import load_contracts


@contextmanager
def own_indices(client: Elasticsearch) -> Iterator[str]:
    """Yields the prefix before the names of the aliases."""
    prefix = f"test-{uuid4().hex[:12]}-"
    specs = load_contracts(CASE_DIR).indices
    try:
        for spec in specs:
            body = spec.body
            client.indices.create(
                index=prefix + spec.index, settings=body["settings"], mappings=body["mappings"], aliases={prefix + spec.alias: {}}
            )
        yield prefix
    finally:
        client.options(ignore_status=404).indices.delete(index=[prefix + spec.index for spec in specs], ignore_unavailable=True)
