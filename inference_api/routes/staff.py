"""People who sign in: a token for a name and a password, and an account for a one-time link."""

from __future__ import annotations

from pydantic import Field

from inference_api.authorization import actor
from inference_api.callers import address
from inference_api.routing import Body, Routes, like
from inference_api.services import services
from tyreloop.access.tokens import LIFETIME, Purpose
from tyreloop.domain.staff import NAME, Right
from tyreloop.use_cases.staff import redeem_invitation, sign_in

routes = Routes(Right.OPEN)


class SignInBody(Body):
    """Who signs in."""

    name: str = Field(max_length=200, json_schema_extra=like(NAME.pattern))
    password: str = Field(max_length=1000)


class TokenBody(Body):
    """What opens the doors of this person's role, for a short time."""

    access_token: str
    token_type: str = "Bearer"  # noqa: S105 - the name of the scheme
    expires_in: int


@routes.route("POST", "/v1/tokens", TokenBody, status=201, takes=SignInBody)
def create_token(body: SignInBody) -> TokenBody:
    """A short-lived token for a name and a password; it counts for a quarter of an hour."""
    door = services().door
    door.take_sign_in(body.name, address())
    with services().sign_ins.slot(address()):
        member = sign_in(body.name, body.password, by=actor(), using=services().stores)
    token = door.gate.signer.sign(Purpose.ACCESS, member.name)
    return TokenBody(access_token=token, expires_in=int(LIFETIME[Purpose.ACCESS].total_seconds()))


class MemberBody(Body):
    """A person who signs in."""

    name: str
    role: str


@routes.route("POST", "/v1/staff/invitations/<token>", MemberBody, status=201, takes=SignInBody)
def redeem(token: str, body: SignInBody) -> MemberBody:
    """Make the account that a one-time link gives, with a name and a password of one's own."""
    services().door.take_sign_in("invitation", address())
    with services().sign_ins.slot(address()):
        member = redeem_invitation(token, body.name, body.password, by=actor(), using=services().stores)
    return MemberBody(name=member.name, role=member.role.value)
