"""Who asks, and under which id: read from headers, checked, never trusted further."""

from __future__ import annotations

import re
from uuid import uuid4

from flask import g, request

from inference_api.parameters import header
from inference_api.services import services
from tyreloop.domain.feedback import IdempotencyKey
from tyreloop.domain.photos import Visitor, new_visitor

VISITOR = header(
    "X-Visitor",
    "Who asks: what the first answer said here, or a secret name of your own of 8 to 63 characters.",
)
REQUEST_ID = header("X-Request-ID", "Your id of this request, of the same form; it comes back and is logged.")
KEY = header("Idempotency-Key", "The same key again gets the same answer and counts once.")
WELL_FORMED = re.compile(r"[A-Za-z0-9._-]{8,64}")


def request_id() -> str:
    """The caller's id of this request if it is well formed, else a new one; the same all through it."""
    if "request_id" not in g:
        g.request_id = id_or_new(request.headers.get(REQUEST_ID.name, ""))
    found: str = g.request_id
    return found


def id_or_new(said: str) -> str:
    """What a caller says, if it is well formed; else a new id."""
    return _if_well_formed(said) or uuid4().hex


def visitor() -> Visitor:
    """Who asks: as the pages or an API client say, else somebody new who is told their name."""
    if "visitor" not in g:
        g.visitor = new_visitor()  # whom also a refusal is addressed to
        if said := _well_formed(VISITOR.name):
            g.visitor = services().door.gate.signer.visitors.read(said)
    found: Visitor = g.visitor
    return found


def admission_key() -> str:
    """In whose name a request waits: the visitor's, or the address's of those who say no name."""
    return _well_formed(VISITOR.name) or address()


def address() -> str:
    """Where the request comes from; behind the configured proxy, what that says."""
    return request.remote_addr or "unknown"


def idempotency_key() -> IdempotencyKey:
    """The caller's key, or a new one: without a key each request counts."""
    return given_key() or IdempotencyKey(uuid4().hex)


def given_key() -> IdempotencyKey | None:
    """The caller's key, if there is one."""
    said = _well_formed(KEY.name)
    return IdempotencyKey(said) if said else None


def _well_formed(header: str) -> str | None:
    return _if_well_formed(request.headers.get(header, ""))


def _if_well_formed(said: str) -> str | None:
    return said if WELL_FORMED.fullmatch(said) else None
