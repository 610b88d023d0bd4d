"""Photo stores: a folder and a bucket keep the same promises."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from tests.contract.people import a_photo_id
from tyreloop.domain.errors import NotConfigured, PhotoNotFound, StoreUnavailable
from tyreloop.files.buckets import s3_client
from tyreloop.files.photos import ObjectPhotoStore, build_photo_store, objects_at
from tyreloop.settings import Settings


@pytest.fixture
def s3_settings(s3_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "alice")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "only-for-tests")
    settings = Settings(
        _env_file=None,
        data_dir=tmp_path,
        photo_store_url="s3://tyres/some/prefix",
        s3_endpoint_url=s3_url,
        s3_region="ap-northeast-2",
        s3_encryption="AES256",
    )
    where = {"LocationConstraint": "ap-northeast-2"}
    client = s3_client(settings)
    if not client.list_buckets()["Buckets"]:
        client.create_bucket(Bucket="tyres", CreateBucketConfiguration=where)  # type: ignore[arg-type]
    return settings


@pytest.fixture(params=["folder", "s3"])
def photos(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectPhotoStore:
    if request.param == "folder":
        return build_photo_store(Settings(_env_file=None, data_dir=tmp_path))
    return build_photo_store(request.getfixturevalue("s3_settings"))


def a_jpeg(width: int = 900, height: int = 600) -> bytes:
    data = BytesIO()
    Image.new("RGB", (width, height), "darkgrey").save(data, "JPEG")
    return data.getvalue()


def test_a_photo_is_read_back_byte_for_byte(photos: ObjectPhotoStore) -> None:
    photo, jpeg = a_photo_id(), a_jpeg()
    photos.put(photo, jpeg)
    photos.put(photo, jpeg)
    assert photos.get(photo) == jpeg


def test_a_thumbnail_shows_the_same_photo(photos: ObjectPhotoStore) -> None:
    photo = a_photo_id()
    photos.put(photo, a_jpeg())
    for _ in ("made", "kept"):
        with Image.open(BytesIO(photos.thumbnail(photo))) as small:
            assert small.width / small.height == pytest.approx(1.5, abs=0.02)


def test_a_photo_nobody_put_is_not_found(photos: ObjectPhotoStore) -> None:
    with pytest.raises(PhotoNotFound):
        photos.get(a_photo_id())
    with pytest.raises(PhotoNotFound):
        photos.thumbnail(a_photo_id())


def test_a_deleted_photo_is_gone_with_its_thumbnail(photos: ObjectPhotoStore) -> None:
    photo = a_photo_id()
    photos.put(photo, a_jpeg())
    photos.thumbnail(photo)
    photos.delete(photo)
    photos.delete(photo)
    with pytest.raises(PhotoNotFound):
        photos.get(photo)
    with pytest.raises(PhotoNotFound):
        photos.thumbnail(photo)


def test_the_bucket_holds_photos_below_the_prefix_and_encrypted(s3_settings: Settings) -> None:
    photo, store = a_photo_id(), build_photo_store(s3_settings)
    store.put(photo, a_jpeg())
    key = f"some/prefix/whole/{photo[:2]}/{photo}.jpg"
    assert s3_client(s3_settings).head_object(Bucket="tyres", Key=key)["ServerSideEncryption"] == "AES256"
    assert photo in {kept for kept, _ in store.kept()}


@pytest.mark.parametrize("kind", ["folder", "s3"])
def test_photos_below_their_older_name_are_found_listed_and_deleted(
    request: pytest.FixtureRequest, tmp_path: Path, kind: str
) -> None:
    settings = Settings(_env_file=None, data_dir=tmp_path)
    settings = request.getfixturevalue("s3_settings") if kind == "s3" else settings
    photo, jpeg, store = a_photo_id(), a_jpeg(), build_photo_store(settings)
    older = f"photos/{photo[:2]}/{photo}.jpg"
    objects_at(settings.photo_store, settings).write(older, jpeg)

    assert store.get(photo) == jpeg
    assert photo in set(store.ids())
    assert store.thumbnail(photo)
    store.delete(photo)
    assert photo not in {kept for kept, _ in store.kept()}


def test_a_photo_waits_here_while_the_bucket_does_not_answer(
    s3_settings: Settings, tmp_path: Path, unused_endpoint: str
) -> None:
    away = s3_settings.model_copy(update={"s3_endpoint_url": unused_endpoint})
    photo, jpeg, store = a_photo_id(), a_jpeg(), build_photo_store(away)
    store.put(photo, jpeg)
    assert store.get(photo) == jpeg
    with pytest.raises(StoreUnavailable):
        store.get(a_photo_id())
    back = build_photo_store(s3_settings)
    assert back.send_waiting() == 1
    assert (
        build_photo_store(s3_settings.model_copy(update={"data_dir": tmp_path / "other"})).get(photo) == jpeg
    )


@pytest.fixture
def unused_endpoint() -> str:
    return "http://127.0.0.1:9"  # the discard port: nothing listens there


@pytest.mark.parametrize("url", ["ftp://somewhere", "s3://", "photos"])
def test_a_url_that_names_no_store_is_refused(url: str) -> None:
    with pytest.raises(NotConfigured, match="PHOTO_STORE_URL"):
        build_photo_store(Settings(_env_file=None, photo_store_url=url))
