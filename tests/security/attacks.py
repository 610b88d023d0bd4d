"""What is tried against the running stack, by class: who asks what, and the answers that are a wall."""

from __future__ import annotations

import gzip
import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

from tests.vision.hostile_photos import ONLY_A_MOMENT

BAD, NOBODY, REFUSED, NOTHING = (400,), (401,), (400, 401, 403), (404,)
UNREADABLE, TOO_LARGE = (413, 422), (413,)
ADA, REGISTRY = {"Authorization": "Bearer <token>"}, {"Authorization": "Basic <registry>"}
ALICE = {"X-Visitor": "<alice>"}
VOTE, RECEIPT = "/v1/predictions/<prediction>/vote", "/v1/predictions/<prediction>/receipt"
FORM = {"Content-Type": "multipart/form-data; boundary=x"}
ZIP = {"Content-Type": "application/zip"}
JPEG = {"Content-Type": "image/jpeg"}
PAGE = {"Accept": "text/html"}
UPLOAD = "/_stcore/upload_file/session/file"


@dataclass(frozen=True, slots=True)
class Attack:
    """One request, and what it may be answered with; in its texts `<alice>` and the like are filled in."""

    what: str
    method: str
    path: str
    walls: tuple[int, ...]
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    at: str = "api"
    never: bytes = b"\0 is in no answer"  # what must not stand in the answer

    @property
    def data(self) -> bytes | str | None:
        return json.dumps(self.body) if isinstance(self.body, dict | list) else self.body


def token_part(said: Mapping[str, str]) -> str:
    return urlsafe_b64encode(json.dumps(said).encode()).decode().strip("=")


def zip_of(**files: bytes) -> bytes:
    packed = BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return packed.getvalue()


def many_entries(count: int) -> bytes:
    """Empty files, 52 bytes each in the directory, and nothing else."""
    entry = b"PK\x01\x02" + bytes(24) + (4).to_bytes(2, "little") + bytes(16) + b"a.jp"
    directory = entry * count
    end = b"PK\x05\x06" + bytes(4) + b"\xff\xff\xff\xff" + len(directory).to_bytes(4, "little") + bytes(6)
    return directory + end


CLIMBS = "../../x"
CLIMBING = json.dumps(
    {"item_hash": CLIMBS, "photo_id": CLIMBS, "label": "good", "part": "lesson", "file": CLIMBS, "sha256": ""}
).encode()
UNSIGNED = f"{token_part({'alg': 'none'})}.{token_part({'sub': 'ada', 'aud': 'access'})}."
EDGES = [
    Attack("another host's name", "GET", "/v1/model", BAD, headers={"Host": "evil.example"}),
    Attack("a host behind ours", "GET", "/v1/model", BAD, headers={"Host": "localhost@evil.example"}),
    Attack("a host with a dot", "GET", "/v1/model", BAD, headers={"Host": "localhost."}),
    Attack("a whole address", "GET", "http://evil.example/v1/model", BAD),
    Attack(
        "a forwarded host",
        "GET",
        "/docs/nothing/",
        NOTHING,
        headers={"X-Forwarded-Host": "evil.example"},
        never=b"evil",
    ),
    Attack("TRACE", "TRACE", "/v1/model", (405,)),
    Attack(
        "another method in a header", "POST", VOTE, (405,), headers={"X-HTTP-Method-Override": "PUT", **ALICE}
    ),
    Attack("climbing in the documents", "GET", "/docs/..%2f..%2fapp.py", NOTHING),
    Attack("climbing by dots", "GET", "/docs/%2e%2e/%2e%2e/settings.py", NOTHING),
    Attack("an absolute path", "GET", "/docs/%2fetc%2fpasswd", (308, 404), never=b"root:"),
    Attack("a NUL in a path", "GET", "/v1/predictions/%00", BAD),
    Attack("a NUL in a query", "GET", "/v1/model?a=%00", BAD),
    Attack("a line break in a path", "GET", "/v1/datasets/a%0d%0aX-Evil:1/export", NOTHING, headers=ADA),
    Attack("a refresh without a right", "POST", "/v1/model/refresh", NOBODY, headers=ALICE),
    Attack("an alert of nobody", "POST", "/v1/alerts", NOBODY, {"alerts": []}),
    Attack(
        "an alert with an odd signature",
        "POST",
        "/v1/alerts",
        NOBODY,
        {"alerts": []},
        {"X-Grafana-Alerting-Timestamp": "9" * 5_000, "X-Grafana-Alerting-Signature": "\xe9"},
    ),
]
TOKENS = [
    Attack("no token", "GET", "/v1/datasets", NOBODY),
    Attack(
        "an unsigned token", "GET", "/v1/datasets", NOBODY, headers={"Authorization": f"Bearer {UNSIGNED}"}
    ),
    Attack(
        "a token with another name",
        "GET",
        "/v1/datasets",
        NOBODY,
        headers={"Authorization": "Bearer x<token>"},
    ),
    Attack("a basic login", "GET", "/v1/datasets", NOBODY, headers={"Authorization": "Basic <registry>"}),
    Attack(
        "letters that are none", "GET", "/v1/datasets", NOBODY, headers={"Authorization": "Bearer \xe9\xff"}
    ),
    Attack(
        "a very long token",
        "GET",
        "/v1/datasets",
        NOBODY,
        headers={"Authorization": "Bearer " + "a" * 15_000},
    ),
    Attack(
        "a made-up key",
        "GET",
        "/v1/datasets",
        NOBODY,
        headers={"Authorization": f"Bearer tlk_{'0' * 12}_{'0' * 48}"},
    ),
    Attack("a guessed photo link", "GET", "/v1/photos/<photo>", NOBODY),
    Attack("an unsigned photo link", "GET", f"/v1/photos/{UNSIGNED}", NOBODY),
    Attack("a token as a photo link", "GET", "/v1/photos/<token>", NOBODY),
    Attack(
        "a guessed invitation",
        "POST",
        "/v1/staff/invitations/" + "a" * 43,
        (410,),
        {"name": "mallory", "password": "x" * 20},
    ),
    Attack(
        "a climbing invitation",
        "POST",
        "/v1/staff/invitations/..%2f..%2fx",
        NOTHING,
        {"name": "mallory", "password": "x" * 20},
    ),
    Attack("a visitor orders", "POST", "/v1/jobs", NOBODY, {"kind": "training", "recipe": "mixed"}, ALICE),
    Attack("a visitor reads datasets", "GET", "/v1/datasets", NOBODY, headers=ALICE),
    Attack("a visitor imports", "POST", "/v1/datasets/mine/import", NOBODY, b"PK", {**ALICE, **ZIP}),
    Attack("a visitor removes an image", "DELETE", "/v1/images/<photo>", NOBODY, headers=ALICE),
]
BODIES = [
    Attack("lists in lists", "PUT", VOTE, BAD, "[" * 60_000, ALICE),
    Attack("objects in objects", "PUT", VOTE, BAD, '{"a":' * 10_000, ALICE),
    Attack("a number without end", "PUT", VOTE, BAD, '{"liked":' + "9" * 60_000 + "}", ALICE),
    Attack(
        "no number",
        "PUT",
        VOTE.replace("vote", "correction"),
        BAD,
        '{"label":"defective","spot":{"x":NaN,"y":1e999}}',
        ALICE,
    ),
    Attack("half a letter", "PUT", VOTE, BAD, b'{"liked":true,"comment":"\\ud800"}', ALICE),
    Attack("bytes that are no text", "PUT", VOTE, BAD, b'{"liked":true,"comment":"\xed\xa0\x80"}', ALICE),
    Attack("a written NUL", "PUT", VOTE, BAD, b'{"liked":true,"comment":"\\u0000"}', ALICE),
    Attack("a NUL", "PUT", VOTE, BAD, b'{"liked":true,"comment":"\0"}', ALICE),
    Attack("two bytes a letter", "PUT", VOTE, BAD, '{"liked":true}'.encode("utf-16"), ALICE),
    Attack(
        "packed JSON",
        "PUT",
        VOTE,
        BAD,
        gzip.compress(b'{"liked":true}'),
        {**ALICE, "Content-Encoding": "gzip"},
    ),
    Attack(
        "two lengths",
        "POST",
        "/v1/tokens",
        BAD,
        b"0\r\n\r\n",
        {"Content-Length": "5", "Transfer-Encoding": "chunked"},
    ),
    Attack("a form in place of JSON", "PUT", VOTE, BAD, "liked=true", ALICE),
    Attack("a field that is not there", "PUT", VOTE, BAD, {"liked": True, "is_admin": True}, ALICE),
    Attack(
        "a megabyte of reasons", "PUT", VOTE, TOO_LARGE, {"liked": False, "reasons": [""] * 300_000}, ALICE
    ),
    Attack("more than that", "PUT", VOTE, TOO_LARGE, bytes(3_000_000), ALICE),
    Attack("a form of boundaries", "POST", "/predict", BAD, b"--x" * 300_000, FORM),
    Attack(
        "a form of lines",
        "POST",
        "/predict",
        BAD,
        b"-" * 3_000_000,
        {"Content-Type": f"multipart/form-data; boundary={'-' * 60}"},
    ),
    Attack("a form of headers", "POST", "/predict", BAD, b"--x\r\n" + b"A: b\r\n" * 100_000, FORM),
    Attack("a number in other digits", "GET", "/v1/jobs/x/lines?after=%D9%A1", (400, 404), headers=ADA),
    Attack("a huge number", "GET", "/v1/datasets/untrained/images?skip=" + "9" * 4_000, BAD, headers=ADA),
]
PHOTOS = [
    Attack(
        "a drawing that is a program",
        "POST",
        "/predict",
        UNREADABLE,
        b"<svg><script>1</script></svg>",
        {"Content-Type": "image/svg+xml"},
    ),
    Attack(
        "a page that says it is a photo", "POST", "/predict", UNREADABLE, b"\xff\xd8\xff<html><script>", JPEG
    ),
    Attack(
        "PostScript",
        "POST",
        "/predict",
        UNREADABLE,
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
        JPEG,
    ),
    Attack(
        "a zip of too many files",
        "POST",
        "/v1/predictions:batch",
        (200,),
        many_entries(400_000),
        ZIP,
        never=b'"id"',
    ),
    *(
        Attack(name, "POST", "/predict", UNREADABLE, ONLY_A_MOMENT[name](), JPEG)
        for name in (
            "JPEG claiming the most",
            "PNG claiming the most",
            "PNG with a text bomb",
            "WebP claiming a gigapixel",
            "a film",
        )
    ),
]
OTHERS = [
    Attack(
        "Alice's answer",
        "GET",
        "/v1/predictions/<prediction>",
        NOTHING,
        headers={"X-Visitor": "mallory-0001"},
    ),
    Attack("Alice's answer without a name", "GET", "/v1/predictions/<prediction>", NOTHING),
    Attack(
        "Alice's name without its proof",
        "GET",
        "/v1/predictions/<prediction>",
        (401, 404),
        headers={"X-Visitor": "<name>"},
    ),
    Attack(
        "a made-up proof",
        "GET",
        "/v1/predictions/<prediction>",
        (401, 404),
        headers={"X-Visitor": f"<name>.{'0' * 31}"},
    ),
    Attack(
        "Alice's heatmap",
        "GET",
        "/v1/predictions/<prediction>/heatmap",
        NOTHING,
        headers={"X-Visitor": "mallory-0001"},
    ),
    Attack("Alice's picture", "GET", "/v1/predictions/<prediction>/heatmap.png", NOTHING),
    Attack("Alice's receipt", "GET", RECEIPT, NOTHING, headers={"X-Visitor": "mallory-0001"}),
    Attack("a vote for Alice", "PUT", VOTE, NOTHING, {"liked": False}, {"X-Visitor": "mallory-0001"}),
    Attack(
        "a correction for Alice",
        "PUT",
        VOTE.replace("vote", "correction"),
        NOTHING,
        {"label": "good"},
        {"X-Visitor": "mallory-0001"},
    ),
    Attack(
        "a deletion for Alice",
        "DELETE",
        "/v1/predictions/<prediction>/photo",
        NOTHING,
        headers={"X-Visitor": "mallory-0001"},
    ),
    Attack(
        "a report of Alice's",
        "POST",
        "/v1/reports",
        NOTHING,
        {"predictions": ["<prediction>"]},
        {"X-Visitor": "mallory-0001"},
    ),
    Attack(
        "a list of Alice's reports",
        "GET",
        "/v1/reports",
        (200, 401),
        headers={"X-Visitor": "<name>"},
        never=b'predictions":["',
    ),
    Attack("an id that is SQL", "GET", "/v1/predictions/%27%20OR%201=1--", NOTHING, headers=ALICE),
    Attack(
        "many of one answer in a report",
        "POST",
        "/v1/reports",
        BAD,
        {"predictions": ["<prediction>"] * 9},
        ALICE,
    ),
]
STAFF = [
    Attack("a climbing dataset", "GET", "/v1/datasets/..%2f..%2fetc/images", NOTHING, headers=ADA),
    Attack("a climbing import", "POST", "/v1/datasets/..%2f..%2fx/import", NOTHING, b"PK", {**ADA, **ZIP}),
    Attack(
        "an import under a path's name",
        "POST",
        "/v1/datasets/..x/import",
        BAD,
        zip_of(**{"good/a.jpg": b"x"}),
        {**ADA, **ZIP},
    ),
    Attack(
        "an import of too many files",
        "POST",
        "/v1/datasets/many/import",
        BAD,
        many_entries(400_000),
        {**ADA, **ZIP},
    ),
    Attack(
        "an import that names a place elsewhere",
        "POST",
        "/v1/datasets/elsewhere/import",
        BAD,
        zip_of(**{"manifest.jsonl": CLIMBING}),
        {**ADA, **ZIP},
    ),
    Attack(
        "an import of no photos",
        "POST",
        "/v1/datasets/none/import",
        BAD,
        zip_of(**{"good/a.jpg": b"<html>"}),
        {**ADA, **ZIP},
    ),
    Attack(
        "a dataset of another place in an order",
        "POST",
        "/v1/jobs",
        NOTHING,
        {"kind": "training", "recipe": "mixed", "dataset": "/etc"},
        ADA,
    ),
    Attack("an image of another place", "DELETE", "/v1/images/..%2f..%2fx", NOTHING, headers=ADA),
]
OF_THE_API: Mapping[str, list[Attack]] = {
    "edges": EDGES,
    "tokens": TOKENS,
    "bodies": BODIES,
    "photos": PHOTOS,
    "what is others'": OTHERS,
    "staff's ways in": STAFF,
}
