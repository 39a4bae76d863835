"""Delta tables on S3 and on HDFS: where they are, and one meaning of "away"."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from deltalake import DeltaTable, QueryBuilder
from deltalake.exceptions import DeltaError, TableNotFoundError

from shared.settings import HdfsSettings, S3Settings
from shared.stores import StoreUnavailableError


@dataclass(frozen=True)
class Lake:
    """A folder of tables. `options` are those of `deltalake`, with credentials."""

    root: str
    options: dict[str, str] = field(default_factory=dict, repr=False)

    def uri(self, table: str) -> str:
        return f"{self.root}/{table}"

    def open(self, table: str) -> DeltaTable | None:
        """As it is now; None where nobody has made it yet. Raises StoreUnavailableError."""
        with unavailable_lake():
            try:
                return DeltaTable(self.uri(table), storage_options=self.options)
            except TableNotFoundError:
                return None


def s3_lake(settings: S3Settings, bucket: str) -> Lake:
    """A commit is a PUT that fails where the file exists, so that of two writers one learns of the other."""
    return Lake(
        f"s3://{bucket}",
        {
            "AWS_ENDPOINT_URL": settings.endpoint_url,
            "AWS_ACCESS_KEY_ID": settings.access_key_id,
            "AWS_SECRET_ACCESS_KEY": settings.secret_access_key,
            "AWS_REGION": settings.region,
            "AWS_ALLOW_HTTP": str(settings.endpoint_url.startswith("http:")).lower(),
            "aws_conditional_put": "etag",
            **_PATIENCE,
        },
    )


def hdfs_lake(settings: HdfsSettings, folder: str) -> Lake:
    return Lake(f"{settings.url.rstrip('/')}/{folder}")


_PATIENCE = {"timeout": "10s", "connect_timeout": "2s", "max_retries": "2", "retry_timeout": "10s"}
"""A store that is away is the runner's to wait for, which polls meanwhile."""


@contextmanager
def unavailable_lake() -> Iterator[None]:
    """Turns what deltalake raises into StoreUnavailableError: the table, read anew, tells what was written, and a new try may succeed."""
    try:
        yield
    except StoreUnavailableError:
        raise
    except (DeltaError, OSError) as error:
        raise _away(error) from error


def batches(table: DeltaTable, sql: str) -> Iterator[Any]:
    """The answer to `sql`, which calls the table `rows`, in Arrow's batches of columns. Raises StoreUnavailableError."""
    try:
        with unavailable_lake():
            yield from QueryBuilder().register("rows", table).execute(sql)
    except Exception as error:
        # What the engine meets while it reads, a store that is away too, has no class of its own. Other libraries raise the same one (an
        # index on disk that is broken): so it is taken for the lake's here, and not by whoever uses one.
        if type(error) is Exception:
            raise _away(error) from error
        raise


def _away(error: Exception) -> StoreUnavailableError:
    return StoreUnavailableError(f"lake: {str(error)[:300]}")
