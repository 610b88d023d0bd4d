"""Visitors and their proof: a name that we made counts only with our signature beside it.

A program may choose a name of its own, which is then its secret; nobody else's can be said.
"""

from __future__ import annotations

import hmac
import re
from hashlib import sha256

from tyreloop.domain.errors import NotSignedIn
from tyreloop.domain.photos import Visitor

OURS = re.compile(r"[0-9a-f]{32}")
PROOF_CHARACTERS = 31  # name, point and proof are the 64 characters that a header may have


def is_ours(visitor: str) -> bool:
    """Whether we made the name, so that whoever says it has shown our signature."""
    return OURS.fullmatch(visitor) is not None


class VisitorProofs:
    """Signs the names of visitors and reads them again."""

    def __init__(self, secret: str) -> None:
        self._key = sha256(f"visitor {secret}".encode()).digest()

    def prove(self, visitor: str) -> str:
        """What to say as this visitor: `name.proof`, or the name alone where somebody chose it."""
        return f"{visitor}.{self._proof(visitor)}" if OURS.fullmatch(visitor) else visitor

    def read(self, said: str) -> Visitor:
        """Who says this; raises NotSignedIn for a name of ours without its proof."""
        name, _, proof = said.rpartition(".")
        if OURS.fullmatch(name) and hmac.compare_digest(proof, self._proof(name)):
            return Visitor(name)
        if OURS.fullmatch(said) or OURS.fullmatch(name):
            raise NotSignedIn("This visitor's name needs the proof that came with the first answer.")
        return Visitor(said)

    def _proof(self, name: str) -> str:
        return hmac.new(self._key, name.encode(), sha256).hexdigest()[:PROOF_CHARACTERS]
