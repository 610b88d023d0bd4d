"""Everything that is wrong with a folder of Grafana's files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tyreloop.boards.lint.boards import about_boards, panels_of
from tyreloop.boards.lint.channels import about_channels
from tyreloop.boards.lint.files import UID, Complaints, Files, read_files
from tyreloop.boards.lint.interpolation import Environment, interpolated
from tyreloop.boards.lint.rules import about_rules


def complaints_about(folder: Path, environment: Environment) -> list[str]:
    """What Grafana would refuse, in its own words where they are known; empty is good."""
    files = read_files(folder)
    sources = {source["uid"] for source in _sources(files) if "uid" in source}
    return [
        *files.unreadable,
        *_about_versions(files),
        *_about_sources(files, environment),
        *about_channels(files, environment),
        *about_boards(files, sources),
        *about_rules(files, sources, panels_of(files)),
    ]


def _sources(files: Files) -> list[dict[str, Any]]:
    return [source for document in files.sources.values() for source in document.get("datasources", [])]


def _about_versions(files: Files) -> Complaints:
    if not files.sources or not files.alerting or not files.boards:
        yield "data source, alerting files or boards are missing"
    for name, document in {**files.sources, **files.alerting}.items():
        if document.get("apiVersion") != 1:
            yield f"{name}: apiVersion must be 1"


def _about_sources(files: Files, environment: Environment) -> Complaints:
    for source in _sources(files):
        name = source.get("name", "a data source")
        there = interpolated(source, environment)
        if not UID.fullmatch(str(there.get("uid", ""))):
            yield f"{name}: UID is invalid"
        if "database" not in there.get("jsonData", {}):
            yield f"{name}: the database stands in jsonData"
        if "//" in there.get("url", "") or not there.get("url", "").strip(": "):
            yield f"{name}: the url is host:port"
        if not there.get("user"):
            yield f"{name}: the user is empty"
