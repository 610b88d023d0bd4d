"""The public tyre sets by name: downloaded with progress, checked, credited, imported."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from http.client import HTTPException
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen
from zipfile import is_zipfile

from tyreloop.domain.errors import InvalidRequest, StoreUnavailable

PIECE = 1 << 18
SECONDS = 30
MOST_BYTES = 8_000_000_000


@dataclass(frozen=True, slots=True)
class PublicSet:
    """A set of tyre photos that others published."""

    name: str
    title: str
    doi: str
    license: str
    url: str

    @property
    def credit(self) -> str:
        return f"{self.title}, https://doi.org/{self.doi}, {self.license}"


PUBLIC_SETS = {
    "tyre-quality": PublicSet(
        name="tyre-quality",
        title="Digital images of defective and good condition tyres",
        doi="10.17632/bn7ch8tvyp.1",
        license="CC BY 4.0",
        url="https://data.mendeley.com/public-api/zip/bn7ch8tvyp/download/1",
    ),
    "tyrenet": PublicSet(
        name="tyrenet",
        title="TyreNet",
        doi="10.17632/32b5vfj6tc.1",
        license="as stated on its page",
        url="https://data.mendeley.com/public-api/zip/32b5vfj6tc/download/1",
    ),
}


def download(url: str, target: Path, *, tell: Callable[[int, int], None], sha: str | None = None) -> str:
    """Fetch a zip file and answer its SHA-256; what arrives broken or different is not kept."""
    if urlsplit(url).scheme not in ("http", "https"):
        raise InvalidRequest(f"{url} is no web address.")
    target.parent.mkdir(parents=True, exist_ok=True)
    arriving = target.with_suffix(".arriving")
    try:
        digest = _receive(url, arriving, tell)
        _require_whole(arriving, digest, sha)
        shutil.move(arriving, target)
    finally:
        arriving.unlink(missing_ok=True)
    return digest


def _receive(url: str, arriving: Path, tell: Callable[[int, int], None]) -> str:
    request = Request(url, headers={"User-Agent": "tyreloop"})  # noqa: S310 - the scheme was checked
    digest, received = sha256(), 0
    try:
        with urlopen(request, timeout=SECONDS) as answer, arriving.open("wb") as file:  # noqa: S310 - checked
            expected = int(answer.headers.get("Content-Length") or 0)
            while piece := answer.read(PIECE):
                received += len(piece)
                if received > MOST_BYTES:
                    raise InvalidRequest(f"{url} sends more than {MOST_BYTES // 10**9} GB.")
                digest.update(piece)
                file.write(piece)
                tell(received, expected)
    except (URLError, HTTPException, TimeoutError, ConnectionError) as error:
        raise StoreUnavailable(f"{url} cannot be fetched: {error}.") from error
    if expected and received != expected:
        raise StoreUnavailable(f"{url} broke off after {received:,} of {expected:,} bytes.")
    return digest.hexdigest()


def _require_whole(path: Path, digest: str, sha: str | None) -> None:
    if sha is not None and digest != sha:
        raise InvalidRequest(f"What arrived has SHA-256 {digest}, not {sha}: it is not kept.")
    if not is_zipfile(path):
        raise InvalidRequest("What arrived is no zip file.")
