"""Before any route runs: who asks, how often, and whether they may; what no rule names is refused."""

from __future__ import annotations

from typing import cast

from flask import Flask, g, request

from inference_api.callers import line_of_caller, request_id, visitor
from inference_api.context import services
from tyreloop.access.rules import rule_of_route
from tyreloop.domain.errors import NotAllowed
from tyreloop.domain.staff import Actor, Right


def install(app: Flask) -> None:
    """Stand in front of every route of the application."""
    app.before_request(_let_in)


def actor() -> Actor:
    """Who sends this request, as the doorkeeper found."""
    return cast(Actor, g.actor)


def _let_in() -> None:
    if request.url_rule is None or request.method == "OPTIONS":
        return  # no such route: there is nothing to guard, and Flask says so
    right = rule_of_route(request.method, request.url_rule.rule)
    if right is None:
        raise NotAllowed("No rule says who may do this, so nobody may.")
    g.actor = services().door.gate.who(
        request.headers.get("Authorization"), visitor=visitor(), request_id=request_id()
    )
    if right is not Right.OPEN:
        services().door.rate_limit.take(_caller())
    actor().require(right)


def _caller() -> str:
    return actor().name if actor().is_known else line_of_caller()
