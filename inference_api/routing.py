"""A route is said once: its path, its right, what it takes and answers; the rest is read from here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from inspect import cleandoc
from typing import Annotated, Any, Self, TypeVar, cast

from flask import Flask, Request, Response, current_app, request
from pydantic import BaseModel, ConfigDict, PlainSerializer, ValidationError
from werkzeug.exceptions import HTTPException

from inference_api.parameters import Parameter
from tyreloop.domain.errors import InvalidRequest
from tyreloop.domain.staff import Right

MAX_JSON_BYTES = 65_536
MAX_BARE_BYTES = 30_000_000
EXTENSION = "tyreloop.routes"
Schema = Mapping[str, Any]
Takes = type[BaseModel] | Mapping[str, Schema] | None  # JSON, or a schema for each kind of content
# JSON, another kind, one of several kinds, or nothing
Answer = type[BaseModel] | tuple[str, type[BaseModel] | Schema] | Mapping[str, Schema] | None
View = Callable[..., "BaseModel | tuple[BaseModel, int] | Response | None"]
AnyView = TypeVar("AnyView", bound=View)
Wanted = TypeVar("Wanted", bound=BaseModel)


def in_utc(moment: datetime) -> datetime:
    """However a database speaks of it: a moment reads the same wherever it came from."""
    return moment.astimezone(UTC)


Moment = Annotated[datetime, PlainSerializer(in_utc, return_type=datetime)]


def like(rule: str) -> dict[str, Any]:
    """What a schema says of a text that is like this, from its start to its end."""
    return {"pattern": f"^{rule}$"}


class Body(BaseModel):
    """A JSON object with exactly these fields."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @classmethod
    def showing(cls, thing: object) -> Self:
        """What of a thing has the names of these fields."""
        return cls.model_validate(thing, from_attributes=True)


@dataclass(frozen=True, slots=True)
class Route:
    """All that there is to say about one route."""

    method: str
    path: str
    name: str
    text: str
    right: Right
    takes: Takes
    answers: Mapping[int, Answer]
    parameters: Sequence[Parameter[Any]]
    max_bytes: int | None  # None: a photo's, which is a setting
    view: View
    hidden: bool  # about the contract, not part of it

    def run(self, **gaps: Any) -> Response:
        """Read the body, call the view, write its answer."""
        if isinstance(self.takes, type):
            gaps["body"] = read_body(self.takes)
        said = self.view(**gaps)
        if isinstance(said, Response):
            return said
        body, status = said if isinstance(said, tuple) else (said, next(iter(self.answers)))
        return answer(body, status) if body else Response(status=status)


class Routes:
    """The routes of one subject, each under a decorator that says it all."""

    def __init__(self, right: Right) -> None:
        self._right = right
        self._said: list[Route] = []

    def __iter__(self) -> Iterator[Route]:
        return iter(self._said)

    def route(
        self,
        method: str,
        path: str,
        answer: Answer,
        *,
        status: int | tuple[int, ...] = 200,
        right: Right | None = None,
        takes: Takes = None,
        parameters: Sequence[Parameter[Any]] = (),
        max_bytes: int | None = MAX_JSON_BYTES,
        name: str = "",
        text: str = "",
        hidden: bool = False,
    ) -> Callable[[AnyView], AnyView]:
        """The view's name is the operation's, its docstring describes it; the first status is usual."""
        answers = dict.fromkeys(status if isinstance(status, tuple) else (status,), answer)

        def say(view: AnyView) -> AnyView:
            words, described = name or view.__name__, text or cleandoc(view.__doc__ or "")
            given = right or self._right, takes, answers, parameters, max_bytes, view, hidden
            self._said.append(Route(method, path, _camel(words), described, *given))
            return view

        return say


def install(app: Flask, subjects: Sequence[Routes]) -> None:
    """Let the application serve these routes, and no others."""
    said = {(route.method, route.path): route for subject in subjects for route in subject}
    app.extensions[EXTENSION] = said
    for (method, path), route in said.items():
        app.add_url_rule(path, route.name, route.run, methods=[method])


def routes_of(app: Flask) -> Mapping[tuple[str, str], Route]:
    """By method and path."""
    return cast(Mapping[tuple[str, str], Route], app.extensions[EXTENSION])


def route_of(asked: Request) -> Route | None:
    """What was said about the route of a request; HEAD follows GET."""
    method = "GET" if asked.method == "HEAD" else asked.method
    return routes_of(current_app).get((method, asked.url_rule.rule if asked.url_rule else ""))


def body_limit_of(app: object) -> Callable[[str, str], int]:
    """The most bytes that the route of a method and a path takes."""
    if not isinstance(app, Flask):
        return lambda method, path: MAX_BARE_BYTES
    said, adapter, photo = routes_of(app), app.url_map.bind(""), app.config["MAX_CONTENT_LENGTH"]

    def limit(method: str, path: str) -> int:
        try:
            rule, _ = adapter.match(path, method, return_rule=True)
        except HTTPException:
            return MAX_JSON_BYTES
        route = said.get((method, rule.rule))
        return (route.max_bytes or photo) if route else MAX_JSON_BYTES

    return limit


def read_body(kind: type[Wanted]) -> Wanted:
    """The request's JSON as a typed body, or one sentence about what is wrong with it."""
    data = request.get_data(cache=False)
    if b"\\u0000" in data:
        raise InvalidRequest("No text may hold the character NUL.")
    try:
        return kind.model_validate_json(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "body"
        raise InvalidRequest(f"{where}: {first['msg']}") from error


def answer(body: BaseModel, status: int = 200) -> Response:
    """A typed body as the response."""
    return Response(body.model_dump_json(exclude_none=False), status, mimetype="application/json")


def _camel(words: str) -> str:
    first, *others = words.split("_")
    return first + "".join(map(str.capitalize, others))
