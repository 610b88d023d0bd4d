"""Makes the bucket that an S3 photo store needs."""

from __future__ import annotations

from urllib.parse import urlsplit

from tyreloop.domain.errors import StoreUnavailable

MISSING = {"404", "NoSuchBucket"}


def bucket_of(photo_store_url: str) -> str | None:
    """The bucket's name, or None where photos lie in a folder."""
    url = urlsplit(photo_store_url)
    return url.netloc if url.scheme == "s3" else None


def ensure_bucket(name: str) -> bool:
    """Make the bucket unless it is there; answers whether it was made."""
    import boto3  # noqa: PLC0415 - slow to import, and not there where photos lie in a folder
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

    client = boto3.client("s3")
    try:
        client.head_bucket(Bucket=name)
    except ClientError as error:
        if error.response["Error"]["Code"] not in MISSING:
            raise StoreUnavailable(f"The bucket {name} cannot be used: {error}") from error
    except BotoCoreError as error:
        raise StoreUnavailable(f"The bucket {name} cannot be used: {error}") from error
    else:
        return False
    client.create_bucket(Bucket=name)
    return True
