"""A name and a password for a short-lived token."""

from __future__ import annotations

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from inference_api.bodies import Body
from inference_api.context import answer, read_body, services
from inference_api.doorkeeper import actor
from tyreloop.access.tokens import LIFETIME, Purpose
from tyreloop.use_cases.staff import sign_in

routes = Blueprint("tokens", __name__)


class SignInBody(Body):
    """Who signs in."""

    name: str
    password: str


class TokenBody(Body):
    """What opens the doors of this person's role, for a short time."""

    access_token: str
    token_type: str = "Bearer"  # noqa: S105 - the name of the scheme
    expires_in: int


@routes.post("/v1/tokens")
def create_token() -> ResponseReturnValue:
    """Sign in; the token counts for a quarter of an hour."""
    body, door = read_body(SignInBody), services().door
    door.sign_in_limit.take(f"{request.remote_addr} {body.name}")
    member = sign_in(body.name, body.password, by=actor(), using=door.gate.staffing)
    token = door.gate.signer.sign(Purpose.ACCESS, member.name)
    seconds = int(LIFETIME[Purpose.ACCESS].total_seconds())
    return answer(TokenBody(access_token=token, expires_in=seconds), 201)
