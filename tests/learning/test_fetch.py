"""The public sets, from a server on this machine: progress, checks, credit, import."""

from __future__ import annotations

import threading
import zipfile
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.learning.test_import import a_picture, save
from tyreloop.cli.datasets import datasets
from tyreloop.domain.errors import InvalidRequest, StoreUnavailable
from tyreloop.learning.datasets.fetching import PUBLIC_SETS, download
from tyreloop.settings import Settings


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Tests print nothing."""


class BreaksOff(Quiet):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "1000000")
        self.end_headers()
        self.wfile.write(b"PK only the beginning")


def serving(handler: type[SimpleHTTPRequestHandler], folder: Path) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/set.zip"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def published(tmp_path: Path) -> Iterator[str]:
    """A zip file as the publishers lay it out."""
    source = tmp_path / "published"
    for seed in range(4):
        save(a_picture(seed), source / "Digital images" / "good" / f"{seed}.jpg")
        save(a_picture(50 + seed), source / "Digital images" / "defective" / f"{seed}.jpg")
    with zipfile.ZipFile(source / "set.zip", "w") as archive:
        for path in source.rglob("*.jpg"):
            archive.write(path, path.relative_to(source))
    yield from serving(Quiet, source)


@pytest.fixture
def breaking_off(tmp_path: Path) -> Iterator[str]:
    yield from serving(BreaksOff, tmp_path)


def test_fetching_downloads_credits_and_imports(
    published: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tyreloop.settings.settings", lambda: Settings(data_dir=tmp_path / "data"))
    result = CliRunner().invoke(datasets, ["fetch", "tyre-quality", "--url", published])
    assert result.exit_code == 0, result.output
    assert "10.17632/bn7ch8tvyp.1" in result.output
    assert "CC BY 4.0" in result.output
    assert (tmp_path / "data" / "datasets" / "tyre-quality" / "dataset.json").is_file()


def test_progress_ends_at_the_whole_file(published: str, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    download(published, tmp_path / "set.zip", tell=lambda got, size: told.append((got, size)))
    assert told[-1][0] == told[-1][1] == (tmp_path / "set.zip").stat().st_size


def test_what_hashes_to_something_else_is_not_kept(published: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest, match="not kept"):
        download(published, tmp_path / "set.zip", tell=lambda got, size: None, sha="0" * 64)
    assert list(tmp_path.glob("set.*")) == []


def test_a_download_that_breaks_off_is_not_kept(breaking_off: str, tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match=r"broke off|cannot be fetched"):
        download(breaking_off, tmp_path / "set.zip", tell=lambda got, size: None)
    assert list(tmp_path.glob("set.*")) == []


def test_no_way_out_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="cannot be fetched"):
        download("http://127.0.0.1:9/set.zip", tmp_path / "set.zip", tell=lambda got, size: None)


def test_both_public_sets_are_known_by_their_doi() -> None:
    assert {found.doi.rsplit(".", 1)[0] for found in PUBLIC_SETS.values()} == {
        "10.17632/bn7ch8tvyp",
        "10.17632/32b5vfj6tc",
    }
