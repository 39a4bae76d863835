"""What the launcher asks an S3 server, and has it make: signed requests, with the credentials that services get."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from infra.local.errors import StackError
from infra.local.health import PROBE_SECONDS, WORK_SECONDS

REGION = "us-east-1"


def unready(env: Mapping[str, str]) -> str | None:
    """None where the server takes these credentials, otherwise why not. Answers within PROBE_SECONDS."""
    try:
        _client(env, PROBE_SECONDS / 2).list_buckets()
    except ClientError as error:
        # Who may not list all buckets may well write to one: `create_bucket` will find out.
        return None if _code(error) == "AccessDenied" else f"S3 answers {error}"
    except (BotoCoreError, ValueError) as error:
        return f"S3 does not answer: {error}"
    return None


def create_bucket(env: Mapping[str, str], name: str) -> bool:
    """Have the bucket; returns whether it was made. StackError where it belongs to others, or may not be made."""
    client = _client(env, WORK_SECONDS)
    try:
        if _exists(client, name):
            return False
        region = env.get("S3_REGION") or REGION
        # AWS wants the region of every bucket but those of its first.
        place = {} if region == REGION else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        client.create_bucket(Bucket=name, **place)
    except ClientError as error:
        if _code(error) == "BucketAlreadyOwnedByYou":
            return False
        raise StackError(f"S3 refuses the bucket {name}: {error}.") from error
    except BotoCoreError as error:
        raise StackError(f"The bucket {name} could not be created: {error}.") from error
    return True


def _exists(client: Any, name: str) -> bool:
    try:
        client.head_bucket(Bucket=name)
    except ClientError as error:
        if _code(error) in ("404", "NoSuchBucket"):
            return False
        raise
    return True


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def _client(env: Mapping[str, str], seconds: float) -> Any:
    return boto3.client(
        "s3",
        endpoint_url=env["S3_ENDPOINT_URL"],
        aws_access_key_id=env.get("S3_ACCESS_KEY_ID"),
        aws_secret_access_key=env.get("S3_SECRET_ACCESS_KEY"),
        region_name=env.get("S3_REGION") or REGION,
        config=Config(
            connect_timeout=seconds,
            read_timeout=seconds,
            retries={"total_max_attempts": 1},
            # A bucket as part of the host's name would have to be in the DNS.
            s3={"addressing_style": "path"},
            # As everywhere in the launcher: no proxy of the environment's.
            proxies={},
        ),
    )
