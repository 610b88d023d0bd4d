"""`tyreloop predict`, against a service that really listens."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from werkzeug.serving import make_server

from tyreloop.cli.predict import predict
from tyreloop.domain.errors import TyreloopError
from tyreloop.settings import settings


@pytest.fixture
def listening(api: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, api.application, threaded=True)
    Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setenv("API_URL", url)
    settings.cache_clear()
    yield url
    settings.cache_clear()
    server.shutdown()
    server.server_close()


@pytest.mark.usefixtures("listening")
def test_each_file_gets_a_sentence(tmp_path: Path, bright: bytes, dark: bytes) -> None:
    (tmp_path / "new.jpg").write_bytes(bright)
    (tmp_path / "old.jpg").write_bytes(dark)

    said = CliRunner().invoke(predict, [str(tmp_path / "new.jpg"), str(tmp_path / "old.jpg")])

    assert said.exit_code == 0
    assert "new.jpg: good; good 9" in said.output
    assert "old.jpg: defective" in said.output


@pytest.mark.usefixtures("listening")
def test_json_is_one_object_a_line_and_a_refused_file_ends_with_one(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no photo")

    said = CliRunner().invoke(predict, ["--json", str(tmp_path / "notes.txt")])

    assert said.exit_code == 1
    assert json.loads(said.stdout.splitlines()[-1])["code"] == "unreadable_photo"


def test_a_service_that_is_not_there_is_one_sentence(
    tmp_path: Path, bright: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("API_URL", "http://127.0.0.1:9")
    settings.cache_clear()
    (tmp_path / "new.jpg").write_bytes(bright)

    said = CliRunner().invoke(predict, [str(tmp_path / "new.jpg")])

    settings.cache_clear()
    assert isinstance(said.exception, TyreloopError)
    assert "is it running?" in str(said.exception)
