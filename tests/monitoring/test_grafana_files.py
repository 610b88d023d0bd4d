"""The committed files are what the generator writes, and Grafana would take them with any set of webhooks."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner
from pydantic import SecretStr

from tyreloop.cli.boards import GRAFANA, boards, committed_files
from tyreloop.monitoring.charts import charts
from tyreloop.monitoring.grafana_files import DATASOURCE, render
from tyreloop.monitoring.messages import LANGUAGES
from tyreloop.monitoring.rules import rules
from tyreloop.settings import Settings

DEFAULTS = Settings.model_construct()
SLACK, DISCORD = "https://hooks.slack.com/services/T0/B0/x", "https://discord.com/api/webhooks/1/x"
COMMITTED = dict(committed_files())
BOARDS = {path.stem: json.loads(text) for path, text in COMMITTED.items() if path.suffix == ".json"}


def installed(slack: str = "", discord: str = "", **others: Any) -> Settings:
    return Settings.model_construct(
        slack_webhook_url=SecretStr(slack), discord_webhook_url=SecretStr(discord), **others
    )


def rendered(using: Settings, name: str) -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(dict(render(using))[Path("provisioning", name)])
    return document


def rules_in(using: Settings) -> dict[str, dict[str, Any]]:
    document = rendered(using, "alerting/40-rules.yaml")
    return {rule["uid"]: rule for group in document["groups"] for rule in group["rules"]}


def strings_in(part: object) -> Iterator[str]:
    if isinstance(part, str):
        yield part
    elif isinstance(part, Mapping | list):
        for inner in part.values() if isinstance(part, Mapping) else part:
            yield from strings_in(inner)


def test_the_committed_files_are_what_the_generator_writes() -> None:
    there = {
        path.relative_to(GRAFANA): path.read_text(encoding="utf-8")
        for folder in ("dashboards", "provisioning")
        for path in (GRAFANA / folder).rglob("*")
        if path.is_file()
    }
    assert there == COMMITTED, "run `tyreloop boards render`"


@pytest.mark.parametrize("slack", ["", SLACK])
@pytest.mark.parametrize("discord", ["", DISCORD])
@pytest.mark.parametrize("token", ["", "a$token{1}"])
def test_grafana_starts_with_any_webhooks_or_none(slack: str, discord: str, token: str) -> None:
    """With an empty address, or a policy that names a receiver that is not there, Grafana exits."""
    using = installed(slack, discord, alert_token=SecretStr(token))
    points = rendered(using, "alerting/10-contact-points.yaml")["contactPoints"]
    [root] = rendered(using, "alerting/30-policies.yaml")["policies"]
    expected = ["tyreloop-api"] + ["tyreloop-slack"] * bool(slack) + ["tyreloop-discord"] * bool(discord)
    assert [point["name"] for point in points] == expected
    assert all(point["receivers"][0]["settings"]["url"] for point in points)
    named = set(re.findall(r"'receiver': '([\w-]+)'", str(root)))
    assert named == set(expected)
    assert not {"object_matchers", "matchers", "mute_time_intervals"} & root.keys()  # the root may have none
    assert ("hmacConfig" in points[0]["receivers"][0]["settings"]) == bool(token)


def test_templates_that_contact_points_name_are_defined_and_closed() -> None:
    [group] = rendered(installed(SLACK, DISCORD), "alerting/20-templates.yaml")["templates"]
    points = rendered(installed(SLACK, DISCORD), "alerting/10-contact-points.yaml")
    named = {name for text in strings_in(points) for name in re.findall(r'template "([\w.]+)"', text)}
    defined = set(re.findall(r'define "([\w.]+)"', group["template"]))
    assert named == defined == {"tyreloop.title", "tyreloop.colour", "tyreloop.slack", "tyreloop.discord"}
    opened = len(re.findall(r"{{-? ?(?:if|range|define) ", group["template"]))
    assert opened == group["template"].count("{{ end }}")


def test_variables_of_the_environment_stand_where_grafana_replaces_them_only() -> None:
    """In settings, labels and policies a `$` is Grafana's; only names of ours may follow one there."""
    using = installed(SLACK, DISCORD, alert_token=SecretStr("x"))
    names = {"$SLACK_WEBHOOK_URL", "$DISCORD_WEBHOOK_URL", "$ALERT_TOKEN"}
    for name in ("alerting/10-contact-points.yaml", "alerting/30-policies.yaml"):
        assert {text for text in strings_in(rendered(using, name)) if "$" in text} <= names
    for rule in rules_in(using).values():
        assert not any("$" in text for text in strings_in(rule["labels"]))
        assert not any("${" in text for text in strings_in(rule["annotations"]))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_messages_are_in_the_chosen_language_and_zone(language: str) -> None:
    using = installed(SLACK, DISCORD, alert_language=language, tz="Europe/Berlin")
    [group] = rendered(using, "alerting/20-templates.yaml")["templates"]
    assert ("경보" in group["template"]) == (language == "ko")
    assert 'tz "Europe/Berlin"' in group["template"]
    assert "<<" not in group["template"].replace("<<{{", "")


def test_a_critical_alert_has_another_colour_than_a_warning() -> None:
    [group] = rendered(installed(SLACK), "alerting/20-templates.yaml")["templates"]
    [colours] = [line for line in group["template"].splitlines() if "tyreloop.colour" in line]
    assert len(set(re.findall(r"#[0-9A-F]{6}", colours))) == 4
    _, slack = rendered(installed(SLACK), "alerting/10-contact-points.yaml")["contactPoints"]
    assert slack["receivers"][0]["settings"]["color"] == '{{ template "tyreloop.colour" . }}'


def test_no_secret_is_written() -> None:
    using = installed(SLACK, DISCORD, alert_token=SecretStr("very-secret-token"))
    text = "".join(text for _, text in render(using))
    assert SLACK not in text
    assert DISCORD not in text
    assert "very-secret-token" not in text


def test_every_rule_stands_in_the_files_with_its_limit_from_the_settings() -> None:
    using = installed(alert_dislike_ratio=0.42, alert_dislike_votes=77)
    found = rules_in(using)
    assert set(found) == {f"tyreloop-{rule.name}" for rule in rules(using)}
    condition = found["tyreloop-dislike-ratio"]["data"][-1]["model"]["conditions"][0]
    assert condition == {
        "evaluator": {"type": "gt", "params": [0.42]},
        "unloadEvaluator": {"type": "lt", "params": [0.3]},
    }
    assert "minimum_n => 77" in found["tyreloop-dislike-ratio"]["data"][0]["model"]["rawSql"]


def test_every_rule_is_one_that_grafana_evaluates() -> None:
    for uid, rule in rules_in(DEFAULTS).items():
        *queries, limit = rule["data"]
        assert rule["condition"] == limit["refId"] == "C", uid
        assert limit["model"]["expression"] == "A", uid
        assert len(limit["model"]["conditions"]) == 1, uid
        assert {query["datasourceUid"] for query in queries} == {DATASOURCE["uid"]}, uid
        assert rule["noDataState"] in ("OK", "Alerting"), uid
        assert rule["execErrState"] in ("Error", "KeepLast"), uid
        assert not any("$model" in query["model"]["rawSql"] for query in queries), "a board's variable"
        board = BOARDS[rule["dashboardUid"].removeprefix("tyreloop-")]
        assert rule["panelId"] in {panel["id"] for panel in board["panels"]}, uid


def test_a_rule_says_which_version_answers_now_and_rolls_back_only_that_one() -> None:
    said = rules_in(DEFAULTS)["tyreloop-dislike-ratio"]["annotations"]
    assert said["advice"].startswith('{{ if eq $labels.model_version (printf "%.0f" $values.P.Value) }}')
    assert said["advice"].index("models rollback") < said["advice"].index("{{ else }}")
    assert "$values.P.Value" in said["served"]
    assert rules_in(DEFAULTS)["tyreloop-errors"]["annotations"]["advice"].count("{{") == 0


@pytest.mark.parametrize("name", BOARDS)
def test_a_board_is_one_that_file_provisioning_takes(name: str) -> None:
    board = BOARDS[name]
    assert (board["uid"], board["schemaVersion"]) == (f"tyreloop-{name}", 42)
    assert not {"elements", "spec", "kind", "id"} & board.keys(), "schema v2, or of another Grafana"
    numbers = [panel["id"] for panel in board["panels"]]
    assert len(set(numbers)) == len(numbers)
    taken: set[tuple[int, int]] = set()
    for panel in board["panels"]:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert max(x for x, _ in cells) < 24, panel["title"]
        assert not cells & taken, panel["title"]
        taken |= cells
        assert panel["description"], panel["title"]
        assert panel["targets"], panel["title"]


def test_no_data_has_no_colour() -> None:
    """With no photo the drift was red, and with no vote the like ratio: a stat without a value is grey."""
    for board in BOARDS.values():
        for panel in board["panels"]:
            first = panel["fieldConfig"]["defaults"]["thresholds"]["steps"][0]
            if panel["type"] == "stat":
                assert first == {"color": "text", "value": None}, panel["title"]


def test_every_query_calls_a_chart_with_macros_that_grafana_knows() -> None:
    texts = [COMMITTED[path] for path in COMMITTED if path.suffix == ".json" or "rules" in path.name]
    called = {name for text in texts for name in re.findall(r"FROM charts\.(\w+)\(", text)}
    assert called <= charts().keys()
    macros = {name for text in texts for name in re.findall(r"\$__(\w+)", text)}
    assert macros == {"timeFrom", "timeTo", "interval", "all"}


def test_the_command_writes_for_this_installation(tmp_path: Path) -> None:
    result = CliRunner().invoke(boards, ["render", "--to", str(tmp_path)])
    assert result.exit_code == 0, result.exception
    assert (tmp_path / "provisioning" / "alerting" / "40-rules.yaml").exists()
