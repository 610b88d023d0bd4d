"""The release record: which files of which version may serve, said by whom and when, and signed (Ed25519).

The key is held by those who release (pages, shell, worker, first start), never by the registry; the service
holds its public half and checks the record, and each file against it, before any file of a version is opened.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import file_digest, sha256
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from tyreloop.domain.errors import BundleRefused, NotConfigured
from tyreloop.domain.models import Release
from tyreloop.settings import Settings

FORMAT = 1
LEAST_CHARACTERS = 32
NO_KEY = (
    "This process holds no key to sign releases: set RELEASE_SIGNING_KEY to at least 32 random characters, "
    "or SERVE_UNSIGNED_MODELS=true to do without."
)


class Signer:
    """Signs releases; made of a secret that only those who release hold."""

    def __init__(self, secret: str) -> None:
        if len(secret) < LEAST_CHARACTERS:
            raise NotConfigured(
                f"RELEASE_SIGNING_KEY must have at least {LEAST_CHARACTERS} random characters."
            )
        self._key = Ed25519PrivateKey.from_private_bytes(sha256(secret.encode()).digest())

    @property
    def verify_key(self) -> str:
        """The public half, as RELEASE_VERIFY_KEY takes it."""
        return self._key.public_key().public_bytes_raw().hex()

    def sign(self, record: str) -> str:
        return self._key.sign(record.encode()).hex()


@dataclass(frozen=True, slots=True)
class Verifier:
    """Checks what was signed, with the public half of the key."""

    verify_key: str

    def files_of(self, release: Release) -> Mapping[str, str]:
        """The SHA-256 of each file of a signed version; BundleRefused where the record does not hold."""
        try:
            key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(self.verify_key))
            key.verify(bytes.fromhex(release.signature), release.record.encode())
        except (InvalidSignature, ValueError) as error:
            raise BundleRefused("the release's signature does not hold") from error
        said = json.loads(release.record)
        if (said["format"], said["model"], said["version"]) != (
            FORMAT,
            release.model_name,
            release.to_version,
        ):
            raise BundleRefused("the release's record is about another version")
        files: Mapping[str, str] = said["files"]
        return files


def record_of(release: Release, files: Mapping[str, str], exam: Mapping[str, Any]) -> str:
    """What is signed, always written the same way."""
    said = {
        "format": FORMAT,
        "release": release.id,
        "model": release.model_name,
        "version": release.to_version,
        "from": release.from_version,
        "kind": release.kind.value,
        "files": dict(files),
        "exam": dict(exam),
        "by": release.released_by,
        "reason": release.reason,
        "forced": release.forced,
        "at": release.released_at.isoformat(),
    }
    return json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def digests_of(folder: Path) -> dict[str, str]:
    """The SHA-256 of each file below a folder; a link is no file of ours."""
    return {path.relative_to(folder).as_posix(): _digest(path) for path in _files(folder)}


def require_signed_files(folder: Path, signed: Mapping[str, str]) -> None:
    """Exactly the files that were signed lie in the folder; nothing of them is opened as a model before."""
    found = digests_of(folder)
    for name in sorted(found.keys() | signed.keys()):
        if name not in found:
            raise BundleRefused(f"{name} was signed and is missing")
        if found[name] != signed.get(name):
            raise BundleRefused(f"{name} is not the file that was signed")


def signer_of(settings: Settings) -> Signer | None:
    """The signer of this process, if it holds the key: in the settings, or in the local stack's secrets."""
    given = settings.release_signing_key.get_secret_value()
    kept = settings.data_dir / "secrets" / "release_key"
    if not given and kept.is_file():
        given = kept.read_text(encoding="ascii").strip()
    return Signer(given) if given else None


def verifier_of(settings: Settings) -> Verifier | None:
    """What checks releases here; None where unsigned models serve, by decision of the operator."""
    if settings.serve_unsigned_models:
        return None
    signer = None if settings.release_verify_key else signer_of(settings)
    return Verifier(settings.release_verify_key or (signer.verify_key if signer else ""))


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.is_symlink():
            raise BundleRefused(f"{path.relative_to(folder).as_posix()} is a link, not a file")
        if path.is_file():
            yield path


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()
