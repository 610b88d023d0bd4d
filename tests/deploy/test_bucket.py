"""`tyreloop bucket` makes the bucket of photos and models once, in any region."""

from __future__ import annotations

import pytest

from tyreloop.domain.errors import StoreUnavailable
from tyreloop.files.buckets import bucket_of, ensure_bucket, s3_client
from tyreloop.settings import Settings


@pytest.fixture(autouse=True)
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "alice")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "only-for-tests")


@pytest.mark.parametrize("region", ["us-east-1", "ap-northeast-2"])
def test_the_bucket_is_made_once(s3_url: str, region: str) -> None:
    client = s3_client(Settings(_env_file=None, s3_endpoint_url=s3_url, s3_region=region))
    name = f"tyres-{region}"
    assert [ensure_bucket(client, name) for _ in range(2)] == [True, False]
    client.put_object(Bucket=name, Key="photo", Body=b"jpeg")


def test_a_store_that_is_away_is_said_in_our_words() -> None:
    client = s3_client(Settings(_env_file=None, s3_endpoint_url="http://127.0.0.1:1", s3_region="us-east-1"))
    with pytest.raises(StoreUnavailable, match="The bucket tyres cannot be used"):
        ensure_bucket(client, "tyres")


@pytest.mark.parametrize(
    ("url", "bucket"),
    [("s3://tyres/photos", "tyres"), ("s3://tyres", "tyres"), ("file:///data/photos", None)],
)
def test_the_bucket_is_read_from_the_photo_store_s_url(url: str, bucket: str | None) -> None:
    assert bucket_of(url) == bucket
