"""Grafana would start with the files that are committed; if not, `make check` says its reason."""

from __future__ import annotations

from tyreloop.boards.lint import complaints_about
from tyreloop.cli.boards import GRAFANA


def test_grafana_would_take_the_committed_files() -> None:
    assert complaints_about(GRAFANA, {}) == []
