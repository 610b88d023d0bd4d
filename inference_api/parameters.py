"""What a caller says in the query and in headers: declared once, read where needed, shown in OpenAPI."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from flask import request

from tyreloop.domain.errors import InvalidRequest

Value = TypeVar("Value")
LARGEST_NUMBER = 1 << 31


@dataclass(frozen=True, slots=True)
class Parameter(Generic[Value]):
    """Something beside the body that a caller may say; calling it reads it from the query."""

    name: str
    text: str
    schema: Mapping[str, Any]
    read: Callable[[str], Value | None]
    must_be: str = ""
    place: str = "query"

    def __call__(self) -> Value:
        value = self.read(request.args.get(self.name, str(self.schema["default"])))
        if value is None:
            raise InvalidRequest(f"{self.name} is {self.must_be}.")
        return value

    @property
    def described(self) -> Mapping[str, Any]:
        return {"name": self.name, "in": self.place, "description": self.text, "schema": self.schema}


def flag(name: str, text: str, *, default: bool) -> Parameter[bool]:
    """A yes or no."""
    known = {"true": True, "1": True, "false": False, "0": False}
    schema = {"type": "boolean", "default": default}
    return Parameter(name, text, schema, lambda said: known.get(said.lower()), "true or false")


def choice(name: str, text: str, words: tuple[str, ...]) -> Parameter[str]:
    """One word of several; the first is the default."""
    schema = {"type": "string", "enum": list(words), "default": words[0]}
    return Parameter(name, text, schema, lambda said: said if said in words else None, " or ".join(words))


def number(name: str, text: str) -> Parameter[int]:
    """A whole number, 0 if it is not said."""

    def read(said: str) -> int | None:
        is_one = said.isascii() and said.isdecimal() and len(said) <= 10 and int(said) < LARGEST_NUMBER
        return int(said) if is_one else None

    schema = {"type": "integer", "minimum": 0, "exclusiveMaximum": LARGEST_NUMBER, "default": 0}
    return Parameter(name, text, schema, read, f"a number below {LARGEST_NUMBER}")


def header(name: str, text: str) -> Parameter[str]:
    """A header of the request."""
    return Parameter(name, text, {"type": "string"}, str, place="header")
