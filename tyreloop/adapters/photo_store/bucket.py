"""Makes the bucket that an S3 photo store needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from botocore.exceptions import BotoCoreError, ClientError

from tyreloop.domain.errors import StoreUnavailable

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

MISSING = {"404", "NoSuchBucket"}


def bucket_of(photo_store_url: str) -> str | None:
    """The bucket's name, or None where photos lie in a folder."""
    url = urlsplit(photo_store_url)
    return url.netloc if url.scheme == "s3" else None


def ensure_bucket(client: S3Client, name: str) -> bool:
    """Make the bucket unless it is there; answers whether it was made."""
    try:
        if _is_there(client, name):
            return False
        _make(client, name)
    except (ClientError, BotoCoreError) as error:
        raise StoreUnavailable(f"The bucket {name} cannot be used: {error}") from error
    return True


def _is_there(client: S3Client, name: str) -> bool:
    try:
        client.head_bucket(Bucket=name)
    except ClientError as error:
        if error.response["Error"]["Code"] in MISSING:
            return False
        raise
    return True


def _make(client: S3Client, name: str) -> None:
    region: Any = client.meta.region_name
    if region == "us-east-1":  # the one region that must not be named
        client.create_bucket(Bucket=name)
    else:
        client.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": region})
