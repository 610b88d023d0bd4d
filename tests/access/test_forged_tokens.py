"""Nothing opens a door but a token that we signed, for this purpose, that still counts."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import pytest
from joserfc import jwe, jwt
from joserfc.jwk import OctKey, RSAKey

from tests.access.conftest import PASSWORD, ROOT, SECRET
from tests.fakes import Time
from tyreloop.access.gate import Gate
from tyreloop.access.tokens import Purpose, TokenSigner
from tyreloop.domain.errors import NotSignedIn
from tyreloop.domain.staff import Role
from tyreloop.use_cases.staff import add_staff_member, remove_staff_member, sign_out_everywhere
from tyreloop.use_cases.stores import Stores

HEADER = {"alg": "HS256", "typ": "access+jwt"}
OUR_KEY = sha256(f"access {SECRET}".encode()).digest()


def part(content: Any) -> str:
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def claims_at(time: Time, **changes: Any) -> dict[str, Any]:
    now = int(time.now.timestamp())
    claims = {"iss": "tyreloop", "aud": "access", "sub": "kim", "iat": now, "exp": now + 600, "jti": "1"}
    return {name: value for name, value in {**claims, **changes}.items() if value is not None}


def signed(header: dict[str, Any], claims: Any, key: bytes = OUR_KEY, alg: str = "HS256") -> str:
    return str(jwt.encode({**header, "alg": alg}, claims, OctKey.import_key(key), algorithms=[alg]))


def by_hand(header: Any, claims: Any, key: bytes = OUR_KEY) -> str:
    """Signed right over whatever it says: a library would refuse to write some of this."""
    import hmac

    text = f"{part(header)}.{part(claims)}"
    return f"{text}.{part(hmac.digest(key, text.encode(), 'sha256'))}"


def cut(token: str) -> str:
    return token.rsplit(".", 1)[0] + "."


def changed(token: str) -> str:
    head, body, signature = token.split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    return f"{head}.{part({**claims, 'sub': 'root'})}.{signature}"


def encrypted(time: Time) -> str:
    header = {"alg": "dir", "enc": "A256GCM", "typ": "access+jwt"}
    text = json.dumps(claims_at(time))
    return str(jwe.encrypt_compact(header, text, OctKey.import_key(OUR_KEY)))


Forgery = Callable[[Time], str]
FORGERIES: dict[str, Forgery] = {
    "alg none": lambda t: f"{part({'alg': 'none', 'typ': 'access+jwt'})}.{part(claims_at(t))}.",
    "alg None": lambda t: f"{part({'alg': 'None', 'typ': 'access+jwt'})}.{part(claims_at(t))}.",
    "alg nOnE, signed": lambda t: by_hand({**HEADER, "alg": "nOnE"}, claims_at(t)),
    "alg empty": lambda t: by_hand({**HEADER, "alg": ""}, claims_at(t)),
    "alg missing": lambda t: by_hand({"typ": "access+jwt"}, claims_at(t)),
    "alg a list": lambda t: by_hand({**HEADER, "alg": ["HS256"]}, claims_at(t)),
    "alg HS512": lambda t: signed(HEADER, claims_at(t), alg="HS512"),
    "alg HS384": lambda t: signed(HEADER, claims_at(t), alg="HS384"),
    "alg RS256 of one's own key": lambda t: str(
        jwt.encode({**HEADER, "alg": "RS256"}, claims_at(t), RSAKey.generate_key(2048), algorithms=["RS256"])
    ),
    "another key": lambda t: signed(HEADER, claims_at(t), key=b"another key, also long enough....."),
    "the secret itself as key": lambda t: signed(HEADER, claims_at(t), key=SECRET.encode()),
    "the key of another purpose": lambda t: signed(
        HEADER, claims_at(t), key=sha256(f"photo {SECRET}".encode()).digest()
    ),
    "no signature": lambda t: cut(signed(HEADER, claims_at(t))),
    "claims changed after signing": lambda t: changed(signed(HEADER, claims_at(t))),
    "encrypted instead of signed": encrypted,
    "another audience": lambda t: signed(HEADER, claims_at(t, aud="session")),
    "audiences in a list": lambda t: signed(HEADER, claims_at(t, aud=["access", "session"])),
    "no audience": lambda t: signed(HEADER, claims_at(t, aud=None)),
    "another issuer": lambda t: signed(HEADER, claims_at(t, iss="somebody")),
    "no issuer": lambda t: signed(HEADER, claims_at(t, iss=None)),
    "expired": lambda t: signed(HEADER, claims_at(t, exp=int(t.now.timestamp()) - 1)),
    "expires this second": lambda t: signed(HEADER, claims_at(t, exp=int(t.now.timestamp()))),
    "no expiry": lambda t: signed(HEADER, claims_at(t, exp=None)),
    "expiry as text": lambda t: by_hand(HEADER, claims_at(t, exp="99999999999")),
    "expiry as a fraction": lambda t: by_hand(HEADER, claims_at(t, exp=1e12)),
    "expiry true": lambda t: by_hand(HEADER, claims_at(t, exp=True)),
    "issued tomorrow": lambda t: signed(HEADER, claims_at(t, iat=int(t.now.timestamp()) + 86_400)),
    "no issue time": lambda t: signed(HEADER, claims_at(t, iat=None)),
    "type of a session": lambda t: signed({"typ": "session+jwt"}, claims_at(t)),
    "type plain JWT": lambda t: signed({"typ": "JWT"}, claims_at(t)),
    "no type": lambda t: signed({}, claims_at(t)),
    "header names a key": lambda t: by_hand({**HEADER, "kid": "../../dev/null"}, claims_at(t)),
    "header brings a key": lambda t: by_hand(
        {**HEADER, "jwk": {"kty": "oct", "k": part(b"mine")}}, claims_at(t)
    ),
    "header names an address": lambda t: by_hand({**HEADER, "jku": "http://127.0.0.1/keys"}, claims_at(t)),
    "header demands the unknown": lambda t: by_hand({**HEADER, "crit": ["exp"]}, claims_at(t)),
    "header b64 false": lambda t: by_hand({**HEADER, "b64": False, "crit": ["b64"]}, claims_at(t)),
    "subject missing": lambda t: signed(HEADER, claims_at(t, sub=None)),
    "subject a number": lambda t: by_hand(HEADER, claims_at(t, sub=1)),
    "subject nobody": lambda t: signed(HEADER, claims_at(t, sub="nobody")),
    "id missing": lambda t: signed(HEADER, claims_at(t, jti=None)),
    "claims a list": lambda t: by_hand(HEADER, [claims_at(t)]),
    "header a list": lambda t: by_hand([HEADER], claims_at(t)),
    "two tokens": lambda t: ".".join([signed(HEADER, claims_at(t))] * 2),
    "not a token": lambda t: "not.a.token",
    "empty": lambda t: "",
    "endless": lambda t: "a" * 100_000,
    "a key nobody made": lambda t: "tlk_0123456789ab_" + "0" * 48,
    "a key cut short": lambda t: "tlk_0123456789ab",
}


@pytest.fixture(autouse=True)
def kim(staffing: Stores) -> None:
    add_staff_member("kim", PASSWORD, Role.ADMIN, by=ROOT, using=staffing)


def test_the_forger_knows_our_form(gate: Gate, time: Time) -> None:
    """Without this the refusals below would prove nothing."""
    actor = gate.who(f"Bearer {signed(HEADER, claims_at(time))}", visitor="v")
    assert (actor.name, actor.rights) == ("user:kim", Role.ADMIN.rights)
    assert gate.who(f"Bearer {by_hand(HEADER, claims_at(time))}", visitor="v").name == "user:kim"


@pytest.mark.parametrize("forgery", FORGERIES.values(), ids=FORGERIES.keys())
def test_a_forged_token_opens_nothing(gate: Gate, time: Time, forgery: Forgery) -> None:
    with pytest.raises(NotSignedIn):
        gate.who(f"Bearer {forgery(time)}", visitor="v")


@pytest.mark.parametrize("purpose", [purpose for purpose in Purpose if purpose is not Purpose.ACCESS])
def test_a_token_for_something_else_opens_nothing(gate: Gate, purpose: Purpose) -> None:
    with pytest.raises(NotSignedIn):
        gate.who(f"Bearer {gate.signer.sign(purpose, 'kim')}", visitor="v")


@pytest.mark.parametrize("scheme", ["Basic", "Token", "bearer:", ""])
def test_another_scheme_opens_nothing(gate: Gate, scheme: str) -> None:
    with pytest.raises(NotSignedIn):
        gate.who(f"{scheme} {gate.signer.sign(Purpose.ACCESS, 'kim')}", visitor="v")


def test_a_token_counts_for_a_quarter_of_an_hour(gate: Gate, time: Time) -> None:
    token = gate.signer.sign(Purpose.ACCESS, "kim")
    time.passes(minutes=14, seconds=59)
    assert gate.who(f"Bearer {token}", visitor="v").name == "user:kim"
    time.passes(seconds=1)
    with pytest.raises(NotSignedIn):
        gate.who(f"Bearer {token}", visitor="v")


def test_who_was_removed_holds_a_stale_token(gate: Gate, staffing: Stores) -> None:
    token = gate.signer.sign(Purpose.ACCESS, "kim")
    remove_staff_member("kim", by=ROOT, using=staffing)
    with pytest.raises(NotSignedIn):
        gate.who(f"Bearer {token}", visitor="v")


def test_who_signed_out_holds_a_stale_token_and_may_sign_in_again(
    gate: Gate, staffing: Stores, time: Time
) -> None:
    token = gate.signer.sign(Purpose.ACCESS, "kim")
    time.passes(seconds=0.5)
    sign_out_everywhere("kim", by=ROOT, using=staffing)
    with pytest.raises(NotSignedIn):
        gate.who(f"Bearer {token}", visitor="v")
    time.passes(seconds=1)
    assert gate.who(f"Bearer {gate.signer.sign(Purpose.ACCESS, 'kim')}", visitor="v").is_known


def test_a_secret_that_changed_makes_every_token_stale(gate: Gate, staffing: Stores, time: Time) -> None:
    token = gate.signer.sign(Purpose.ACCESS, "kim")
    after = Gate(TokenSigner("another secret, just as long as the other", time), staffing)
    with pytest.raises(NotSignedIn):
        after.who(f"Bearer {token}", visitor="v")
