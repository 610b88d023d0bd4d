"""Many photos in one request."""

from __future__ import annotations

import json
import tracemalloc
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

from flask.testing import FlaskClient


def zip_of(entries: dict[str, bytes]) -> bytes:
    kept = BytesIO()
    with ZipFile(kept, "w", ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return kept.getvalue()


def lines_of(response: Any) -> dict[str, Any]:
    assert response.mimetype == "application/x-ndjson"
    lines = [json.loads(line) for line in response.get_data(as_text=True).splitlines()]
    return {line["name"]: line["prediction"] or line["problem"] for line in lines}


def test_each_file_of_a_form_gets_its_line(api: FlaskClient, bright: bytes, dark: bytes) -> None:
    files = [(BytesIO(bright), "new.jpg"), (BytesIO(dark), "old.jpg"), (BytesIO(b"no photo"), "notes.txt")]

    said = lines_of(api.post("/v1/predictions:batch", data={"file": files}))

    assert said["new.jpg"]["answer"] == "good"
    assert said["old.jpg"]["answer"] == "defective"
    assert said["notes.txt"]["code"] == "unreadable_photo"


def test_a_zip_is_a_batch_too(api: FlaskClient, bright: bytes) -> None:
    packed = zip_of({"garage/": b"", "garage/new.jpg": bright, "empty.jpg": b""})

    said = lines_of(api.post("/v1/predictions:batch", data=packed, content_type="application/zip"))

    assert said["new.jpg"]["answer"] == "good"
    assert said["empty.jpg"]["code"] == "unreadable_photo"


def test_zip_slips_and_bombs_are_refused_and_stop_nobody(api: FlaskClient, bright: bytes) -> None:
    packed = zip_of(
        {"../slip.jpg": bright, "/etc.jpg": bright, "bomb.jpg": bytes(50_000_000), "new.jpg": bright}
    )

    said = lines_of(api.post("/v1/predictions:batch", data=packed, content_type="application/zip"))

    assert said["slip.jpg"]["code"] == said["etc.jpg"]["code"] == "invalid_request"
    assert said["bomb.jpg"]["code"] == "photo_too_large"
    assert said["new.jpg"]["answer"] == "good"


def test_a_broken_zip_is_one_line(api: FlaskClient, bright: bytes) -> None:
    packed = zip_of({"new.jpg": bright})[:-30]

    said = lines_of(api.post("/v1/predictions:batch", data=packed, content_type="application/zip"))

    assert said["zip"]["code"] == "unreadable_photo"


def test_a_batch_has_an_end(api: FlaskClient) -> None:
    packed = zip_of({f"{number}.jpg": b"x" for number in range(250)})

    said = lines_of(api.post("/v1/predictions:batch", data=packed, content_type="application/zip"))

    assert len(said) == 201
    assert said["200.jpg"]["code"] == "invalid_request"


def test_a_batch_without_photos_is_refused(api: FlaskClient) -> None:
    assert api.post("/v1/predictions:batch", data={}).get_json()["code"] == "invalid_request"


def test_a_zip_of_too_many_files_is_refused_before_its_directory_is_read(api: FlaskClient) -> None:
    packed = zip_of({f"{number:05}": b"" for number in range(20_000)})
    tracemalloc.start()
    said = lines_of(api.post("/v1/predictions:batch", data=packed, content_type="application/zip"))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert said["zip"]["code"] == "invalid_request"
    assert most < 4 * len(packed)
