"""Writes everything that Grafana reads at its start, for one installation."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from tyreloop.alerts.catalogue import rules
from tyreloop.alerts.links import Links
from tyreloop.alerts.texts import texts
from tyreloop.boards.boards import board_files
from tyreloop.boards.contact_points import contact_points_file, policies_file
from tyreloop.boards.message_templates import templates_file
from tyreloop.boards.rules_file import rules_file
from tyreloop.boards.sources import boards_file, datasource_file
from tyreloop.settings import Settings

HEADING = "# Written by `tyreloop boards render`; change the rules, the texts or the settings instead.\n"


class Dumper(yaml.SafeDumper):
    """Texts of several lines keep their lines, and nothing is abbreviated with anchors."""

    def ignore_aliases(self, _: Any) -> bool:
        return True


def _text(dumper: Dumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


Dumper.add_representer(str, _text)


def render(using: Settings) -> Iterator[tuple[Path, str]]:
    """Each file's path below Grafana's folder, and its text."""
    words, links = texts(using.alert_language), Links.of(using)
    linked = links.runbook.startswith("http")
    documents = {
        "datasources/tyreloop.yaml": datasource_file(using),
        "dashboards/tyreloop.yaml": boards_file(),
        "alerting/10-contact-points.yaml": contact_points_file(using),
        "alerting/20-templates.yaml": templates_file(words, using.tz, runbook_is_address=linked),
        "alerting/30-policies.yaml": policies_file(using),
        "alerting/40-rules.yaml": rules_file(rules(using), words, links),
    }
    for name, document in documents.items():
        yield Path("provisioning", name), HEADING + as_yaml(document)
    for name, text in board_files():
        yield Path("dashboards", name), text


def write(folder: Path, using: Settings) -> list[Path]:
    """Put all files into a folder; what is there under another name is left alone."""
    written = []
    for path, text in render(using):
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        written.append(file)
    return written


def as_yaml(document: dict[str, Any]) -> str:
    """A document in the order in which it was made."""
    return yaml.dump(document, Dumper=Dumper, sort_keys=False, allow_unicode=True, width=4000)
