"""Fifty photos at once: a row each, what failed is named, a sheet to take along."""

from __future__ import annotations

import zipfile
from pathlib import Path

from playwright.sync_api import FilePayload, expect

from tests.browser.person import Person
from tests.vision.bundles import jpeg_of


def test_fifty_photos_and_their_sheet(alice: Person) -> None:
    photos = [photo(f"{number}.jpg", jpeg_of(40 + 3 * number, (160, 120))) for number in range(49)]
    alice.opens("/many")
    alice.page.set_input_files("input[type=file]", files=[*photos, photo("broken.jpg", b"no photo")])
    alice.page.get_by_role("button", name="Predict 50 photos").click()
    expect(alice.page.get_by_text("Failed 1")).to_be_visible()
    alice.shoots("many-finished-desktop-en")
    with alice.page.expect_download() as download:
        alice.page.get_by_role("button", name="Download as XLSX").click()
    names = strings_in(download.value.path())
    assert {"0.jpg", "48.jpg", "broken.jpg", "Cannot be opened as a photo"} <= names


def photo(name: str, data: bytes) -> FilePayload:
    return {"name": name, "mimeType": "image/jpeg", "buffer": data}


def strings_in(workbook: Path) -> set[str]:
    text = zipfile.ZipFile(workbook).read("xl/sharedStrings.xml").decode()
    return set(text.replace("</t>", "<t>").split("<t>"))
