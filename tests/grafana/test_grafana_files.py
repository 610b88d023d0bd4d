"""The committed files are what the generator writes, and Grafana would take them with any set of webhooks."""

from __future__ import annotations

import json
import shutil
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner
from pydantic import SecretStr

from tyreloop.alerts.catalogue import rules
from tyreloop.alerts.texts import LANGUAGES
from tyreloop.boards.lint import complaints_about
from tyreloop.boards.lint.interpolation import interpolated
from tyreloop.boards.provisioning import render, write
from tyreloop.cli.boards import GRAFANA, boards, grafana_environment
from tyreloop.settings import Settings

DEFAULTS = Settings.model_construct()
SLACK, DISCORD = "https://hooks.slack.com/services/T0/B0/x", "https://discord.com/api/webhooks/1/x"


def installed(slack: str = "", discord: str = "", **others: Any) -> Settings:
    return Settings.model_construct(
        slack_webhook_url=SecretStr(slack), discord_webhook_url=SecretStr(discord), **others
    )


def test_the_committed_files_are_what_the_generator_writes() -> None:
    there = {
        path.relative_to(GRAFANA): path.read_text(encoding="utf-8")
        for folder in ("dashboards", "provisioning")
        for path in (GRAFANA / folder).rglob("*")
        if path.is_file()
    }
    assert there == dict(render(DEFAULTS)), "run `tyreloop boards render`"


@pytest.mark.parametrize("slack", ["", SLACK])
@pytest.mark.parametrize("discord", ["", DISCORD])
@pytest.mark.parametrize("token", ["", "a$token{1}"])
def test_grafana_starts_with_any_webhooks_or_none(
    tmp_path: Path, slack: str, discord: str, token: str
) -> None:
    using = installed(slack, discord, alert_token=SecretStr(token))
    write(tmp_path, using)
    assert complaints_about(tmp_path, grafana_environment(using)) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_messages_are_in_the_chosen_language_and_zone(tmp_path: Path, language: str) -> None:
    using = installed(SLACK, DISCORD, alert_language=language, tz="Europe/Berlin")
    write(tmp_path, using)
    text = (tmp_path / "provisioning/alerting/20-templates.yaml").read_text(encoding="utf-8")
    assert ("경보" in text) == (language == "ko")
    assert 'tz "Europe/Berlin"' in text
    assert "<<" not in text.replace("<<{{", "")


def test_no_secret_is_written(tmp_path: Path) -> None:
    using = installed(SLACK, DISCORD, alert_token=SecretStr("very-secret-token"))
    text = "".join(text for _, text in render(using))
    assert SLACK not in text
    assert DISCORD not in text
    assert "very-secret-token" not in text


def test_every_rule_stands_in_the_files_with_its_limit_from_the_settings() -> None:
    using = installed(alert_dislike_ratio=0.42, alert_dislike_votes=77)
    document = yaml.safe_load(dict(render(using))[Path("provisioning/alerting/40-rules.yaml")])
    found = {rule["uid"]: rule for group in document["groups"] for rule in group["rules"]}
    assert set(found) == {rule.uid for rule in rules(using)}
    condition = found["tyreloop-dislike-ratio"]["data"][-1]["model"]["conditions"][0]
    assert condition == {
        "evaluator": {"type": "gt", "params": [0.42]},
        "unloadEvaluator": {"type": "lt", "params": [0.3]},
    }
    assert "count(*) >= 77" in found["tyreloop-dislike-ratio"]["data"][0]["model"]["rawSql"]


CONTACTS = "provisioning/alerting/10-contact-points.yaml"
SPOILED = tomllib.loads((Path(__file__).parent / "spoiled.toml").read_text(encoding="utf-8"))["spoiled"]


def put(document: Any, at: str, value: object) -> None:
    """Change one place, named like `rules.0.title`."""
    *way, last = at.split(".")
    for step in way:
        document = document[int(step) if step.isdigit() else step]
    document[last] = value


@pytest.mark.parametrize("spoiled", SPOILED, ids=[spoiled["reason"] for spoiled in SPOILED])
def test_a_bad_file_is_refused_with_the_reason(tmp_path: Path, spoiled: dict[str, Any]) -> None:
    using = installed(SLACK, DISCORD)
    write(tmp_path, using)
    file = tmp_path / spoiled["file"]
    document = yaml.safe_load(file.read_text(encoding="utf-8"))
    put(document, spoiled["at"], spoiled["value"])
    file.write_text(json.dumps(document), encoding="utf-8")  # which is YAML too
    assert spoiled["reason"] in "\n".join(complaints_about(tmp_path, grafana_environment(using)))


def test_a_file_that_cannot_be_parsed_is_named(tmp_path: Path) -> None:
    write(tmp_path, DEFAULTS)
    (tmp_path / CONTACTS).write_text("contactPoints: [", encoding="utf-8")
    complaint = complaints_about(tmp_path, {})[0]
    assert complaint.startswith("10-contact-points.yaml: failure to parse file")


def test_the_command_ends_badly_on_a_bad_folder(tmp_path: Path) -> None:
    write(tmp_path, DEFAULTS)
    shutil.rmtree(tmp_path / "dashboards")
    result = CliRunner().invoke(boards, ["check", str(tmp_path)])
    assert result.exit_code != 0
    assert "missing" in str(result.exception)


def test_the_command_writes_for_this_installation(tmp_path: Path) -> None:
    result = CliRunner().invoke(boards, ["render", "--to", str(tmp_path)])
    assert result.exit_code == 0, result.exception
    assert (tmp_path / "dashboards" / "overview.json").exists()


@pytest.mark.parametrize(
    ("written", "becomes"),
    [
        ("$NAME", "p$ass{1}"),
        ("${NAME}", "p{1}"),
        ("$__env{NAME}", "p{1}"),
        ("$$labels.x", "$labels.x"),
        ("{{ $labels.x }}", "{{ .x }}"),
        ("${UNSET:-x}", ""),
    ],
)
def test_variables_are_replaced_as_grafana_does(written: str, becomes: str) -> None:
    assert interpolated({"a": [written]}, {"NAME": "p$ass{1}"}) == {"a": [becomes]}
