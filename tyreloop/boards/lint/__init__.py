"""Reads Grafana's files as Grafana does at its start, and says what it would refuse; no Grafana is needed."""

from tyreloop.boards.lint.folder import complaints_about

__all__ = ["complaints_about"]
