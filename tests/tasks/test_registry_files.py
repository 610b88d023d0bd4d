"""A backup holds the models, whether they lie in a folder or in a bucket."""

from __future__ import annotations

from pathlib import Path

import pytest

from tyreloop.backups import read_registry_files, write_registry_files
from tyreloop.files.buckets import ensure_bucket, s3_client
from tyreloop.files.photos import objects_at
from tyreloop.settings import Settings


@pytest.mark.parametrize(("taken_from", "brought_to"), [("s3", "folder"), ("folder", "s3"), ("s3", "s3")])
def test_the_models_come_back_wherever_they_lie(
    s3_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, taken_from: str, brought_to: str
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "alice")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "only-for-tests")
    given = Settings(_env_file=None, s3_endpoint_url=s3_url, s3_region="us-east-1")
    ensure_bucket(s3_client(given), "tyres")

    def place(kind: str, name: str) -> str:
        return f"s3://tyres/{tmp_path.name}/{name}" if kind == "s3" else (tmp_path / name).as_uri()

    before = given.model_copy(update={"mlflow_artifacts_destination": place(taken_from, "before")})
    after = given.model_copy(update={"mlflow_artifacts_destination": place(brought_to, "after")})
    files = {"1/bundle/model.onnx": b"a model", "1/bundle/card.json": b"{}"}
    for name, data in files.items():
        objects_at(before.mlflow_artifacts_destination, before).write(name, data)
    write_registry_files(before, tmp_path / "registry-files.tar")
    read_registry_files(after, tmp_path / "registry-files.tar")
    found = objects_at(after.mlflow_artifacts_destination, after)
    assert {seen.name: found.read(seen.name) for seen in found.seen("")} == files
