"""What is tried against the pages and against the registry."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.security.attacks import BAD, FORM, NOBODY, PAGE, REGISTRY, TOO_LARGE, UPLOAD, Attack

ASKED = [
    Attack("another host's name", "GET", "/", BAD, headers={"Host": "evil.example", **PAGE}),
    Attack("a name with a path", "GET", "/", BAD, headers={"Host": "localhost/evil.example", **PAGE}),
    Attack(
        "figures by way of a proxy",
        "GET",
        "/_stcore/metrics",
        (403,),
        headers={"X-Forwarded-For": "127.0.0.1"},
    ),
    Attack("climbing in media", "GET", "/media/..%2f..%2f..%2fetc/passwd", (400, 404), never=b"root:"),
    Attack("climbing in files", "GET", "/static/../../../etc/passwd", (400, 404), never=b"root:"),
    Attack("climbing in components", "GET", "/component/x/..%2f..%2fsecret", (400, 404)),
    Attack("an upload without a length", "PUT", UPLOAD, TOO_LARGE, iter([b"drip"])),
    Attack("an upload of another page", "PUT", UPLOAD, (403,), b"x", {"Origin": "http://evil.example"}),
    Attack("an upload without a page", "PUT", UPLOAD, (400, 403), b"--x\r\n\r\n--x--\r\n", FORM),
    Attack("a deletion without a page", "DELETE", UPLOAD, (403,)),
    Attack("sixty megabytes at the sign-in", "POST", "/staff-session", (413, 0), bytes(60_000_000)),
    Attack("a made-up ticket", "POST", "/staff-session", NOBODY, b"\xff\xfe"),
    Attack("a token as a ticket", "POST", "/staff-session", NOBODY, "<token>"),
    Attack(
        "a sign-in from another port",
        "POST",
        "/staff-session",
        (403,),
        b"x",
        {"Origin": "http://127.0.0.1:1"},
    ),
    Attack("a sign-in from no place at all", "POST", "/staff-session", (403,), b"x", {"Origin": "http://["}),
    Attack(
        "sixteen megabytes that say they are three bytes",
        "POST",
        "/staff-session",
        (400, 0),
        b"100000\r\n%b\r\n" % bytes(0x100000) * 16 + b"0\r\n\r\n",
        {"Content-Length": "3", "Transfer-Encoding": "chunked"},
    ),
    Attack("a sign-in from a page of nowhere", "POST", "/staff-session", (403,), b"x", {"Origin": "null"}),
    Attack("a guessed report", "GET", "/report/" + "a" * 43, (410,)),
    Attack("a report of a NUL", "GET", "/report/%00", (400, 410)),
    Attack(
        "a report in a language that is a program",
        "GET",
        "/report/x",
        (410,),
        headers={"Accept-Language": '"><script>'},
        never=b"<script>",
    ),
    Attack("a way out after signing out", "GET", "/auth/logout?next=//evil.example", (302,), never=b"evil"),
    Attack("a way out by slashes", "GET", "//evil.example/%2e%2e", (400, 404), headers=PAGE),
    Attack("a way out by another slash", "GET", "/\\evil.example/", (400, 404), headers=PAGE),
]
PAGES = [replace(one, at="pages") for one in ASKED]
FILES_ELSEWHERE = "file:///tmp/walls-of-tyreloop"
SHUT, JSON = (400, 403), {**REGISTRY, "Content-Type": "application/json"}
SEARCH = "/api/2.0/mlflow/experiments/search?max_results=1"
CREATE, VERSION = "/api/2.0/mlflow/experiments/create", "/api/2.0/mlflow/model-versions/create"
WITH_THE_LOGIN: list[tuple[str, str, str, Any]] = [
    ("files elsewhere", "POST", CREATE, {"name": "a", "artifact_location": FILES_ELSEWHERE}),
    (
        "files elsewhere, under half a name",
        "POST",
        CREATE,
        {"name": "z", "artifact_location\0": FILES_ELSEWHERE},
    ),
    ("files elsewhere, said otherwise", "POST", CREATE, {"name": "b", "artifactLocation": FILES_ELSEWHERE}),
    (
        "files elsewhere by climbing",
        "POST",
        CREATE,
        {"name": "c", "artifact_location": "mlflow-artifacts:/../../x"},
    ),
    ("a version of this machine's files", "POST", VERSION, {"name": "m", "source": "/etc"}),
    ("a version that climbs", "POST", VERSION, {"name": "m", "source": "models:/m/../../etc"}),
    ("climbing artifacts", "PUT", "/api/2.0/mlflow-artifacts/artifacts/..%2f..%2fx", "x"),
    ("climbing twice written", "PUT", "/api/2.0/mlflow-artifacts/artifacts/a/%252e%252e/%252e%252e/x", "x"),
    ("reading our secrets", "GET", "/api/2.0/mlflow-artifacts/artifacts/..%2f..%2fsecrets/secret_key", None),
    (
        "a webhook to this machine",
        "POST",
        "/api/2.0/mlflow/webhooks",
        {"name": "w", "url": "https://127.0.0.1/x"},
    ),
    ("a gateway's secret", "POST", "/api/3.0/mlflow/gateway/secrets/create", {"secret_name": "s"}),
    (
        "a call through the gateway",
        "POST",
        "/ajax-api/2.0/mlflow/gateway-proxy",
        {"gateway_path": "http://127.0.0.1"},
    ),
    ("an assistant that runs programs", "POST", "/ajax-api/3.0/mlflow/assistant/message", {"message": "hi"}),
    ("a job", "POST", "/ajax-api/3.0/jobs/", {"job_name": "x", "params": {}}),
    ("traces of others", "POST", "/v1/traces", "x"),
]
REGISTRY_ATTACKS = [
    Attack("no login", "GET", "/api/2.0/mlflow/experiments/search?max_results=1", NOBODY, at="registry"),
    Attack(
        "health as a way in", "GET", "/health/../api/2.0/mlflow/experiments/search", NOBODY, at="registry"
    ),
    Attack(
        "another host's name", "GET", SEARCH, SHUT, None, {**REGISTRY, "Host": "evil.example"}, "registry"
    ),
    Attack(
        "a page of our API",
        "POST",
        CREATE,
        SHUT,
        {"name": "o"},
        {**REGISTRY, "Origin": "http://127.0.0.1:5002"},
        "registry",
    ),
    *(
        Attack(what, method, path, SHUT, body, JSON, "registry")
        for what, method, path, body in WITH_THE_LOGIN
    ),
]
