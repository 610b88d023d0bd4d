"""Before any route runs: who asks, how often, and whether they may; a route that was not said is refused."""

from __future__ import annotations

from typing import cast

from flask import Flask, g, request

from inference_api.callers import address, admission_key, request_id, visitor
from inference_api.routing import route_of
from inference_api.services import services
from tyreloop.domain.errors import InvalidRequest, NotAllowed
from tyreloop.domain.staff import Actor, Right


def install(app: Flask) -> None:
    """Stand in front of every route of the application."""
    app.before_request(_let_in)


def actor() -> Actor:
    """Who sends this request, as was found before the route ran."""
    return cast(Actor, g.actor)


def _let_in() -> None:
    if request.url_rule is None or request.method == "OPTIONS":
        return  # no such route: there is nothing to guard, and Flask says so
    route = route_of(request)
    if route is None:
        raise NotAllowed("No rule says who may do this, so nobody may.")
    request.max_content_length = route.max_bytes or request.max_content_length
    if "\0" in request.path or b"%00" in request.query_string:
        raise InvalidRequest("No text may hold the character NUL.")
    g.actor = services().door.gate.who(
        request.headers.get("Authorization"), visitor=visitor(), request_id=request_id()
    )
    if route.right is not Right.OPEN:
        _count()
    actor().require(route.right)


def _count() -> None:
    """A name that anybody can make up is counted, and the address it comes from too."""
    door = services().door
    if not actor().is_known:
        door.address_limit.take(address())
    door.rate_limit.take(actor().name if actor().is_known else admission_key())
