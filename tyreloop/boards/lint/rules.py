"""Alert rules: the fields that Grafana needs, and the SQL that its macros would break."""

from __future__ import annotations

import re
from typing import Any

from tyreloop.boards.lint.files import UID, Complaints, Files, is_duration
from tyreloop.boards.names import EXPRESSION

NO_DATA = ("NoData", "Alerting", "OK", "KeepLast")
ON_ERROR = ("Error", "Alerting", "OK", "KeepLast")
EXPRESSIONS = ("threshold", "reduce", "math", "resample", "classic_conditions", "sql")
SINGLE_DOLLAR = re.compile(r"(?<!\$)\$(labels|values|value)\b")
BOARD_VARIABLE = re.compile(r"\$\{|\$(?!__)[a-z_]\w*|\$__(from|to)\b(?!\()")


def about_rules(files: Files, sources: set[str], panels: set[tuple[str, int]]) -> Complaints:
    """Every rule of every group."""
    uids: set[str] = set()
    titles: set[tuple[str, str]] = set()
    for file, group in files.entries("groups"):
        yield from (f"{file}: {group.get('name')}: {complaint}" for complaint in _about_group(group))
        for rule in group.get("rules", []):
            where = f"{file}: {rule.get('uid', 'a rule without uid')}"
            for complaint in [*_about_rule(rule, panels), *_about_queries(rule, sources)]:
                yield f"{where}: {complaint}"
            title = (group.get("folder", ""), rule.get("title", ""))
            if rule.get("uid") in uids or title in titles:
                yield f"{where}: its uid or title stands there twice"
            uids.add(rule.get("uid", ""))
            titles.add(title)


def _about_group(group: dict[str, Any]) -> Complaints:
    if not group.get("folder"):
        yield "no folder name set for the rule group"
    if not is_duration(group.get("interval")):
        yield f"not a valid duration string: {group.get('interval')!r}"


def _about_rule(rule: dict[str, Any], panels: set[tuple[str, int]]) -> Complaints:
    if not UID.fullmatch(str(rule.get("uid", ""))):
        yield "rule has no uid that Grafana takes"
    if not rule.get("title"):
        yield "rule has no title set"
    for key in ("for", "keepFiringFor"):
        if key in rule and not is_duration(rule[key]):
            yield f"{key}: not a valid duration string: {rule[key]!r}"
    yield from _about_states(rule)
    yield from _about_panel(rule, panels)
    yield from _about_words(rule)


def _about_states(rule: dict[str, Any]) -> Complaints:
    if rule.get("noDataState", "NoData") not in NO_DATA:
        yield f"unknown NoData state option {rule['noDataState']}"
    if rule.get("execErrState", "Alerting") not in ON_ERROR:
        yield f"unknown Error state option {rule['execErrState']}"


def _about_panel(rule: dict[str, Any], panels: set[tuple[str, int]]) -> Complaints:
    if ("dashboardUid" in rule) != ("panelId" in rule):
        yield "both dashboard uid and panel id have to be there, or none"
    elif "panelId" in rule and (rule["dashboardUid"], rule["panelId"]) not in panels:
        yield f"panel {rule['panelId']} of board {rule['dashboardUid']} does not exist"


def _about_words(rule: dict[str, Any]) -> Complaints:
    for name, text in rule.get("labels", {}).items():
        if SINGLE_DOLLAR.search(str(text)):
            yield f"label {name}: labels are interpolated, write `$$labels`"
    for name, text in rule.get("annotations", {}).items():
        if "$$" in str(text):
            yield f"annotation {name}: annotations are taken as they are, `$$` stays"
        if "${" in str(text):
            yield f"annotation {name}: what `${{` means depends on Grafana's version"


def _about_queries(rule: dict[str, Any], sources: set[str]) -> Complaints:
    refs = [query.get("refId") for query in rule.get("data", [])]
    if not refs:
        yield "rule has no data set"
    if rule.get("condition") not in refs:
        yield f"condition {rule.get('condition')!r} does not exist, must be one of {refs}"
    if len(set(refs)) != len(refs):
        yield "a refId stands there twice"
    for query in rule.get("data", []):
        model = query.get("model", {})
        if model.get("refId") != query.get("refId"):
            yield f"{query.get('refId')}: its model has another refId"
        if query.get("datasourceUid") == EXPRESSION["uid"]:
            yield from _about_expression(rule, model, refs)
        else:
            yield from _about_query(query, model, sources)


def _about_expression(rule: dict[str, Any], model: dict[str, Any], refs: list[Any]) -> Complaints:
    if model.get("type") not in EXPRESSIONS:
        yield f"{model.get('refId')}: {model.get('type')!r} is no expression"
    if model.get("type") in ("threshold", "reduce") and model.get("expression", "").lstrip("$") not in refs:
        yield f"{model['refId']}: failed to find variable {model.get('expression')!r}"
    if model.get("type") == "threshold" and len(model.get("conditions", [])) != 1:
        yield f"{model['refId']}: threshold expression requires exactly one condition"
    if "unloadEvaluator" in str(model) and model.get("refId") != rule.get("condition"):
        yield f"{model['refId']}: recovery threshold is only allowed on the condition"


def _about_query(query: dict[str, Any], model: dict[str, Any], sources: set[str]) -> Complaints:
    ref, sql = query.get("refId"), model.get("rawSql", "")
    if query.get("datasourceUid") not in sources:
        yield f"{ref}: data source {query.get('datasourceUid')!r} not found"
    if model.get("format") not in ("table", "time_series"):
        yield f"{ref}: format must be table or time_series"
    if "$$" in sql:
        yield f'{ref}: the query is taken as it is, `$$` is a syntax error at or near "$"'
    if BOARD_VARIABLE.search(sql):
        yield f"{ref}: variables of boards do not exist in rules"
    span = query.get("relativeTimeRange", {})
    if not span.get("from", 0) > span.get("to", 0):
        yield f"{ref}: invalid relative time range"
