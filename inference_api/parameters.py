"""What a caller says in the query and in headers: declared once, read where needed, shown in OpenAPI."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from flask import request

from tyreloop.domain.errors import InvalidRequest

LARGEST_NUMBER = 1 << 31


class Parameter(Protocol):
    """Something beside the body that a caller may say."""

    @property
    def described(self) -> Mapping[str, Any]: ...


@dataclass(frozen=True, slots=True)
class Flag:
    """A yes or no in the query."""

    name: str
    text: str
    default: bool

    def __call__(self) -> bool:
        said = request.args.get(self.name, str(self.default)).lower()
        if said not in ("true", "false", "1", "0"):
            raise InvalidRequest(f"{self.name} is true or false.")
        return said in ("true", "1")

    @property
    def described(self) -> Mapping[str, Any]:
        return _described(self.name, "query", self.text, {"type": "boolean", "default": self.default})


@dataclass(frozen=True, slots=True)
class Choice:
    """One word of several in the query; the first is the default."""

    name: str
    text: str
    words: tuple[str, ...]

    def __call__(self) -> str:
        said = request.args.get(self.name, self.words[0])
        if said not in self.words:
            raise InvalidRequest(f"{self.name} is {' or '.join(self.words)}.")
        return said

    @property
    def described(self) -> Mapping[str, Any]:
        schema = {"type": "string", "enum": list(self.words), "default": self.words[0]}
        return _described(self.name, "query", self.text, schema)


@dataclass(frozen=True, slots=True)
class Number:
    """A whole number in the query, 0 if it is not said."""

    name: str
    text: str

    def __call__(self) -> int:
        said = request.args.get(self.name, "0")
        if not (said.isascii() and said.isdecimal() and len(said) <= 10 and int(said) < LARGEST_NUMBER):
            raise InvalidRequest(f"{self.name} is a number.")
        return int(said)

    @property
    def described(self) -> Mapping[str, Any]:
        return _described(self.name, "query", self.text, {"type": "integer", "minimum": 0, "default": 0})


@dataclass(frozen=True, slots=True)
class Header:
    """A header of the request."""

    name: str
    text: str

    @property
    def described(self) -> Mapping[str, Any]:
        return _described(self.name, "header", self.text, {"type": "string"})


def _described(name: str, place: str, text: str, schema: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"name": name, "in": place, "description": text, "schema": schema}
