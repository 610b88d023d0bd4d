"""Datasets and long work by HTTP: for those with the right, and photos by links that expire."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from http import HTTPStatus
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from flask.testing import FlaskClient

from inference_api import Services, create_app
from tests.api.test_access_matrix import a_staffed_door
from tests.datasets.conftest import SUE, a_jpeg, bring_in
from tyreloop.access.tokens import Purpose
from tyreloop.domain.datasets import Packed, hash_of_place, part_of
from tyreloop.domain.feedback import Label
from tyreloop.domain.photos import PhotoId, UploadedPhoto
from tyreloop.files.dataset_files import read_zip
from tyreloop.use_cases.datasets import unpack_dataset
from tyreloop.vision.clean import without_metadata


@pytest.fixture
def staff(services: Services) -> Iterator[tuple[FlaskClient, Services, dict[str, Any]]]:
    """A scientist's client over a dataset `one` of three photos."""
    door, proofs = a_staffed_door(services.stores)
    services = replace(services, door=door)
    photos = [UploadedPhoto(without_metadata(a_jpeg(seed))) for seed in range(3)]  # as they are kept
    packed = [
        Packed(hash_of_place(photo.id), Label.GOOD, part_of(photo.id), photo.id, photo.data)
        for photo in photos
    ]
    unpack_dataset("one", packed, by=SUE, using=services.stores)
    with create_app(services).test_client() as client:
        client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {proofs['scientist']}"
        yield client, services, {"services": services, "photos": photos}


def test_datasets_are_listed_with_what_waits(staff: Any) -> None:
    client, _, _ = staff
    body = client.get("/v1/datasets").get_json()
    assert body["untrained"] == 0
    assert [(one["name"], sum(one["counts"].values())) for one in body["datasets"]] == [("one", 3)]
    assert body["datasets"][0]["created_by"] == "user:sue"


def test_images_come_with_links_that_open_without_a_token(staff: Any) -> None:
    client, _, given = staff
    body = client.get("/v1/datasets/one/images").get_json()
    assert body["total"] == 3
    stranger = create_app(given["services"]).test_client()
    for image in body["images"]:
        photo = stranger.get(image["link"])
        assert photo.mimetype == "image/jpeg"
        assert UploadedPhoto(photo.data).id == image["photo_id"]
    assert client.get("/v1/datasets/none/images").status_code == HTTPStatus.NOT_FOUND


def test_a_link_opens_its_photo_only_and_no_token_is_a_link(staff: Any) -> None:
    client, _, given = staff
    signer = given["services"].door.gate.signer
    for purpose in (Purpose.ACCESS, Purpose.SESSION, Purpose.TICKET):
        link = signer.sign(purpose, given["photos"][0].id)
        assert client.get(f"/v1/photos/{link}").status_code == HTTPStatus.UNAUTHORIZED
    gone = signer.sign(Purpose.PHOTO, "0" * 64)
    assert client.get(f"/v1/photos/{gone}").status_code == HTTPStatus.NOT_FOUND


def test_a_dataset_is_taken_along_as_zip_table_and_lines(staff: Any) -> None:
    client, loop, _ = staff
    with client.get("/v1/datasets/one/export") as response:
        archive = BytesIO(response.data)
    assert len([name for name in ZipFile(archive).namelist() if name.endswith(".jpg")]) == 3
    [line] = loop.stores.audit.latest(limit=1)
    assert (line.action, line.subject, line.details) == ("dataset_exported", "dataset:one", {"photos": 3})
    back = unpack_dataset("back", read_zip(archive, clean=lambda data: data), by=SUE, using=loop.stores)
    original = loop.stores.datasets.get("one")
    assert original is not None
    assert back.content_hash == original.content_hash
    assert client.get("/v1/datasets/one/export?format=csv").text.count("\n") == 4
    assert client.get("/v1/datasets/one/export?format=jsonl").text.count("\n") == 3
    assert client.get("/v1/datasets/one/export?format=exe").status_code == HTTPStatus.BAD_REQUEST


def test_an_export_comes_back_in_unchanged(staff: Any) -> None:
    client, loop, given = staff
    with client.get("/v1/datasets/one/export") as response:
        archive = response.data
    for photo in given["photos"]:
        loop.stores.photos.delete(photo.id)
    made = client.post("/v1/datasets/back/import", data=archive, content_type="application/zip")
    assert made.status_code == HTTPStatus.CREATED
    hashes = {one["name"]: one["content_hash"] for one in client.get("/v1/datasets").get_json()["datasets"]}
    assert made.get_json()["content_hash"] == hashes["back"] == hashes["one"]
    with client.get("/v1/datasets/back/export") as response:
        assert response.data == archive


def test_folders_named_by_label_come_in_as_a_dataset(staff: Any) -> None:
    client, _, _ = staff
    archive = BytesIO()
    with ZipFile(archive, "w") as folders:
        folders.writestr("public/good/1.jpg", a_jpeg(11))
        folders.writestr("public/defective/2.jpg", a_jpeg(12))
    made = client.post("/v1/datasets/public/import", data=archive.getvalue(), content_type="application/zip")
    assert sum(made.get_json()["counts"].values()) == 2
    again = client.post("/v1/datasets/public/import", data=archive.getvalue(), content_type="application/zip")
    assert again.status_code == HTTPStatus.CONFLICT


@pytest.mark.parametrize(("data", "kind"), [(b"no zip", "application/zip"), (b"{}", "application/json")])
def test_what_is_no_zip_does_not_come_in(staff: Any, data: bytes, kind: str) -> None:
    client, loop, _ = staff
    refused = client.post("/v1/datasets/back/import", data=data, content_type=kind)
    assert (refused.status_code, refused.get_json()["code"]) == (HTTPStatus.BAD_REQUEST, "invalid_request")
    assert loop.stores.datasets.get("back") is None


def test_an_image_is_removed_and_restored(staff: Any) -> None:
    client, loop, given = staff
    photo = PhotoId(given["photos"][0].id)
    assert client.delete(f"/v1/images/{photo}").status_code == HTTPStatus.NO_CONTENT
    assert loop.stores.datasets.removal(photo) is not None
    made = client.post("/v1/datasets", json={"name": "two"})
    assert (made.status_code, sum(made.get_json()["counts"].values())) == (HTTPStatus.CREATED, 2)
    difference = client.get("/v1/datasets/one/difference/two").get_json()
    assert difference == {"added": [], "gone": [hash_of_place(photo)], "relabelled": []}
    assert client.put(f"/v1/images/{photo}").status_code == HTTPStatus.NO_CONTENT
    assert client.put(f"/v1/images/{photo}").status_code == HTTPStatus.NOT_FOUND
    assert client.delete(f"/v1/images/{'0' * 64}").status_code == HTTPStatus.NOT_FOUND


def test_what_cannot_be_frozen_says_why(staff: Any) -> None:
    client, _, _ = staff
    again = client.post("/v1/datasets", json={"name": "two"})
    assert (again.status_code, again.get_json()["code"]) == (HTTPStatus.CONFLICT, "conflict")
    odd = client.post("/v1/datasets", json={"name": "../two"})
    assert odd.status_code == HTTPStatus.BAD_REQUEST


def test_a_training_is_ordered_watched_and_stopped(staff: Any) -> None:
    client, services, _ = staff
    bring_in(services.stores, "many", good=20, defective=20)
    ordered = client.post("/v1/jobs", json={"kind": "training", "recipe": "demo", "dataset": "many"})
    assert ordered.status_code == HTTPStatus.ACCEPTED
    job = ordered.get_json()
    assert job["asked_at"].endswith("Z")
    assert (job["state"], job["asked_by"]) == ("queued", "user:the-scientist")
    assert job["orders"] == {"recipe": "demo", "dataset": "many", "start": None}
    assert client.get(f"/v1/jobs/{job['id']}").get_json() == job
    assert client.get("/v1/jobs").get_json() == {"jobs": [job]}
    assert client.get(f"/v1/jobs/{job['id']}/lines").get_json() == {"lines": [], "after": 0}
    assert client.post(f"/v1/jobs/{job['id']}/cancel").get_json()["state"] == "cancelled"
    assert client.post(f"/v1/jobs/{job['id']}/cancel").status_code == HTTPStatus.CONFLICT
    assert client.post(f"/v1/jobs/{job['id']}/retry").get_json()["state"] == "queued"


def test_a_training_on_too_few_photos_is_refused_at_once(staff: Any) -> None:
    client, _, _ = staff
    refused = client.post("/v1/jobs", json={"kind": "training", "recipe": "demo", "dataset": "one"})
    assert refused.status_code == HTTPStatus.BAD_REQUEST
    assert refused.get_json()["detail"].startswith("one has too few photos to train on: ")
    assert client.get("/v1/jobs").get_json() == {"jobs": []}


@pytest.mark.parametrize(
    "order", [{"kind": "training"}, {"kind": "inspection"}, {"kind": "dance", "recipe": "demo"}]
)
def test_half_an_order_is_refused(staff: Any, order: dict[str, str]) -> None:
    client, _, _ = staff
    assert client.post("/v1/jobs", json=order).status_code == HTTPStatus.BAD_REQUEST
    assert client.get(f"/v1/jobs/{'0' * 32}").status_code == HTTPStatus.NOT_FOUND
