"""Objects in S3, and the bucket that holds them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from mimetypes import guess_type
from typing import IO, TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from botocore.exceptions import BotoCoreError, ClientError

from tyreloop.domain.errors import PhotoNotFound, StoreUnavailable
from tyreloop.files.folder import ObjectSeen
from tyreloop.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


MISSING = {"NoSuchKey", "404", "NotFound"}


class S3Objects:
    """An object's name is its key below the prefix."""

    def __init__(self, client: S3Client, bucket: str, *, prefix: str = "", encryption: str = "") -> None:
        self._client = client
        self._bucket = bucket
        self._prefix = f"{prefix.strip('/')}/" if prefix.strip("/") else ""
        self._extra: dict[str, Any] = {"ServerSideEncryption": encryption} if encryption else {}

    def write(self, name: str, data: bytes) -> None:
        with _as_ours():
            self._client.put_object(
                Bucket=self._bucket,
                Key=self._prefix + name,
                Body=data,
                ContentType=guess_type(name)[0] or "application/octet-stream",
                **self._extra,
            )

    def read(self, name: str) -> bytes:
        with _as_ours():
            return self._client.get_object(Bucket=self._bucket, Key=self._prefix + name)["Body"].read()

    @contextmanager
    def opened(self, name: str) -> Iterator[tuple[int, IO[bytes]]]:
        with _as_ours():
            found = self._client.get_object(Bucket=self._bucket, Key=self._prefix + name)
        with closing(found["Body"]) as stream:
            yield found["ContentLength"], cast("IO[bytes]", stream)

    def write_from(self, name: str, stream: IO[bytes]) -> None:
        with _as_ours():
            self._client.upload_fileobj(stream, self._bucket, self._prefix + name, ExtraArgs=self._extra)

    def delete(self, name: str) -> None:
        with _as_ours():
            self._client.delete_object(Bucket=self._bucket, Key=self._prefix + name)

    def seen(self, prefix: str) -> Iterator[ObjectSeen]:
        with _as_ours():
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self._bucket, Prefix=self._prefix + prefix
            )
            for page in pages:
                for item in page.get("Contents", []):
                    yield ObjectSeen(item["Key"].removeprefix(self._prefix), item["LastModified"])


def s3_client(settings: Settings) -> S3Client:
    """A client that gives up after seconds; keys come from where boto3 always looks for them."""
    import boto3  # noqa: PLC0415 - half a second that only those who use S3 shall wait
    from botocore.config import Config  # noqa: PLC0415

    return boto3.client(
        "s3",
        endpoint_url=settings.s3_endpoint_url or None,
        region_name=settings.s3_region or None,
        config=Config(
            connect_timeout=3,
            read_timeout=10,
            retries={"max_attempts": 2, "mode": "standard"},
            s3={"addressing_style": "path" if settings.s3_path_style else "auto"},
            # Servers that only resemble S3 often refuse the newer checksums.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        ),
    )


@contextmanager
def _as_ours() -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") in MISSING:
            raise PhotoNotFound("The photo is not in the store.") from None
        raise StoreUnavailable("The photo store does not answer now. Try again in a moment.") from error
    except BotoCoreError as error:
        raise StoreUnavailable("The photo store does not answer now. Try again in a moment.") from error


NO_BUCKET = {"404", "NoSuchBucket"}


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
        if error.response["Error"]["Code"] in NO_BUCKET:
            return False
        raise
    return True


def _make(client: S3Client, name: str) -> None:
    region: Any = client.meta.region_name
    if region == "us-east-1":  # the one region that must not be named
        client.create_bucket(Bucket=name)
    else:
        client.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": region})
