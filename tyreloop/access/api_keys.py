"""A key's text: `tlk_<id>_<secret>`. The id finds its row, the hash of the secret proves it."""

from __future__ import annotations

import re
import secrets
from hashlib import sha256
from hmac import compare_digest

PREFIX = "tlk_"
FORM = re.compile(r"tlk_([0-9a-f]{12})_([0-9a-f]{48})")


def new_key_text() -> tuple[str, str]:
    """A new key's id and its whole text, which is shown once and kept nowhere."""
    key_id = secrets.token_hex(6)
    return key_id, f"{PREFIX}{key_id}_{secrets.token_hex(24)}"


def id_in(text: str) -> str | None:
    """Which key a text claims to be."""
    found = FORM.fullmatch(text)
    return found.group(1) if found else None


def hash_of_key(text: str) -> str:
    """192 random bits need no slow hash."""
    return sha256(text.encode()).hexdigest()


def is_key(text: str, secret_hash: str) -> bool:
    return compare_digest(hash_of_key(text), secret_hash)
