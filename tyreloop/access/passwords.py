"""Passwords, hashed with argon2id; a few at a time, for each takes 64 MB and a tenth of a second."""

from __future__ import annotations

from functools import cached_property
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

AT_ONCE = 2


class Argon2Passwords:
    """The Passwords port."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._turn = BoundedSemaphore(AT_ONCE)

    def hash(self, password: str) -> str:
        with self._turn:
            return self._hasher.hash(password)

    def fits(self, password: str, password_hash: str | None) -> bool:
        with self._turn:
            fits = self._verify(password, password_hash or self._nobodys)
        return fits and password_hash is not None

    @cached_property
    def _nobodys(self) -> str:
        """A name that does not exist must take as long to refuse as a wrong password."""
        return self._hasher.hash("nobody")

    def _verify(self, password: str, password_hash: str) -> bool:
        try:
            return self._hasher.verify(password_hash, password)
        except (VerificationError, InvalidHashError):
            return False
