"""The whole suite of attacks against one real stack: none gets through, and afterwards all is as before."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager, suppress
from http.client import HTTPConnection
from pathlib import Path

import psycopg2
import pytest
from psycopg2 import errors
from psycopg2.extensions import cursor
from streamlit.proto.BackMsg_pb2 import BackMsg
from websockets.exceptions import WebSocketException
from websockets.frames import CloseCode
from websockets.sync.client import connect
from websockets.typing import Origin

from tests.fixtures.running_stack import StackUnderTest
from tests.security.attacks import JPEG, OF_THE_API, Attack
from tests.security.attacks_elsewhere import FILES_ELSEWHERE, PAGES, REGISTRY_ATTACKS
from tests.security.target import PASSWORD, Target
from tyreloop.local.folder import StackFolder, login_file
from tyreloop.private_files import keep_secret
from tyreloop.settings import Settings

pytestmark = [pytest.mark.stack, pytest.mark.slow, pytest.mark.timeout(600)]
CLASSES = {**OF_THE_API, "pages": PAGES, "registry": REGISTRY_ATTACKS}
LINES = 4
MEMORY_BACK_WITHIN = 100_000_000
SERVING = ("api", "ui")


@pytest.fixture(scope="module")
def target(stack: StackUnderTest, sample: bytes) -> Iterator[Target]:
    """Prepared, attacked by all tests here, and found as before."""
    found = Target(stack, Settings(_env_file=stack.data / "stack.env"))
    with removed_at_the_end(found):
        yield from prepared(found, sample)


@contextmanager
def removed_at_the_end(found: Target) -> Iterator[None]:
    """The stack's other tests find nobody on the staff."""
    try:
        yield
    finally:
        found.stack.command("users", "remove", "ada")


def prepared(found: Target, sample: bytes) -> Iterator[Target]:
    stack = found.stack
    found.prepare(sample)
    before, memory = found.state, {name: stack.process(name).memory_info().rss for name in SERVING}
    yield found
    assert found.state == before
    for name in SERVING:
        assert stack.process(name).memory_info().rss - memory[name] < MEMORY_BACK_WITHIN, name
    psycopg2.connect(**found.settings.postgres_dsn).close()
    shown = StackFolder.of(found.settings).invitation  # on purpose, to whoever starts the stack
    secrets = [file.read_text() for file in (stack.data / "secrets").iterdir() if file != shown]
    logs = "".join(file.read_text(errors="replace") for file in (stack.data / "logs").glob("*.log"))
    assert [name for name in (*secrets, PASSWORD, found.gaps["token"]) if name in logs] == []
    assert not Path(FILES_ELSEWHERE.removeprefix("file://")).exists()


@pytest.fixture(scope="session")
def sample() -> bytes:
    return (Path(__file__).parents[2] / "streamlit_ui" / "samples" / "good.jpg").read_bytes()


def tried(target: Target, attack: Attack) -> str:
    """What it gives; nothing where it is refused as it should be."""
    body = attack.data
    answer = target.ask(
        attack.at,
        attack.method,
        target.filled(attack.path),
        target.filled(body) if isinstance(body, str) else body,
        {name: target.filled(said) for name, said in attack.headers.items()},
    )
    held = answer.status in attack.walls and attack.never not in answer.body + repr(answer.headers).encode()
    return "" if held else f"{attack.what}: {answer.status} {answer.body[:200]!r}"


def assert_well(target: Target) -> None:
    for at, path in (("api", "/healthz"), ("pages", "/_stcore/health")):
        assert target.ask(at, "GET", path).status == 200


@pytest.mark.parametrize("name", CLASSES)
def test_no_request_gets_through(target: Target, name: str) -> None:
    through = [said for attack in CLASSES[name] if (said := tried(target, attack))]
    assert through == []
    assert_well(target)


def test_there_are_as_many_attacks_as_got_through_once() -> None:
    assert sum(map(len, CLASSES.values())) >= 100


def test_a_key_of_alices_gives_others_no_answer_of_hers(target: Target, sample: bytes) -> None:
    key = {**JPEG, "Idempotency-Key": "alices-key-1"}
    again = target.ask("api", "POST", "/v1/predictions", sample, {**key, "X-Visitor": target.gaps["alice"]})
    assert (again.status, again.json["id"]) == (200, target.gaps["prediction"])
    mallory = target.ask("api", "POST", "/v1/predictions", sample, {**key, "X-Visitor": "mallory-0001"})
    assert mallory.json["id"] != target.gaps["prediction"]


def test_a_reports_link_ends_when_it_is_taken_back(target: Target) -> None:
    alice = {"X-Visitor": target.gaps["alice"]}
    asked = json.dumps({"predictions": [target.gaps["prediction"]]})
    made = target.ask("api", "POST", "/v1/reports", asked, alice).json
    path = "/report/" + made["link"].rpartition("/")[2]
    shown = target.ask("pages", "GET", path)
    assert (shown.status, shown.headers["cache-control"]) == (200, "private, no-store")
    mallory = {"X-Visitor": "mallory-0001"}
    assert target.ask("api", "DELETE", f"/v1/reports/{made['id']}", None, mallory).status == 404
    assert target.ask("api", "DELETE", f"/v1/reports/{made['id']}", None, alice).status == 204
    assert target.ask("pages", "GET", path).status == 410


def test_of_many_who_have_one_link_one_gets_the_account(target: Target) -> None:
    said = target.stack.command("users", "invite", "--role", "reviewer").stdout
    path = "/v1/staff/invitations/" + said.partition("invite=")[2].split()[0]
    with ThreadPoolExecutor(8) as crowd:
        bodies = [json.dumps({"name": f"mallory-{number}", "password": PASSWORD}) for number in range(8)]
        statuses = list(crowd.map(lambda body: target.ask("api", "POST", path, body).status, bodies))
    assert statuses.count(201) == 1
    assert set(statuses) <= {201, 410, 429, 503}
    name = next(f"mallory-{number}" for number, status in enumerate(statuses) if status == 201)
    assert target.stack.command("users", "remove", name).returncode == 0


def test_pictures_that_are_no_tyre_do_not_stay(target: Target) -> None:
    photo = (Path(__file__).parents[2] / "streamlit_ui" / "samples" / "too_dark.jpg").read_bytes()
    answer = target.ask("api", "POST", "/v1/predictions", photo + b"\0", JPEG).json
    assert (answer["answer"], answer["photo_kept"]) == ("unusable", False)
    target.ask("api", "GET", f"/v1/predictions/{answer['id']}")
    assert list(target.stack.data.rglob(f"{answer['photo_id']}*")) == []


def test_lines_of_a_stranger_end_and_others_are_shown_the_pages(target: Target) -> None:
    """Each sends what empties the caches of everybody, and asks for the page."""
    url = f"ws://localhost:{target.stack.ports['STREAMLIT_PORT']}/_stcore/stream"
    clear, run = BackMsg(clear_cache=True), BackMsg()
    run.rerun_script.SetInParent()
    before = open_connections(target)
    with ExitStack() as opened:
        for _ in range(LINES):
            line = opened.enter_context(
                connect(url, ping_interval=None, open_timeout=60, close_timeout=1, max_queue=None)
            )
            for _ in range(80):
                line.send(clear.SerializeToString())
            line.send(run.SerializeToString())
        for host in ("evil.example", f"localhost:{target.stack.ports['FLASK_PORT']}"):
            with pytest.raises(WebSocketException), connect(url, origin=Origin(f"http://{host}")):
                pass
        assert_well(target)
        assert target.ask("pages", "GET", "/", None, {"Accept": "text/html"}).status == 200
        assert open_connections(target) - before < 2 * LINES + 4


def test_a_message_that_never_ends_is_not_kept(target: Target) -> None:
    url = f"ws://localhost:{target.stack.ports['STREAMLIT_PORT']}/_stcore/stream"
    with connect(url, ping_interval=None, open_timeout=60, close_timeout=1) as line:
        with pytest.raises(WebSocketException):
            line.send(bytes(100_000) for _ in range(100))
        # Who is still sending when the line is shut may not hear why.
        assert line.close_code in {CloseCode.MESSAGE_TOO_BIG, CloseCode.ABNORMAL_CLOSURE}


def open_connections(target: Target) -> int:
    with closing(psycopg2.connect(**target.settings.postgres_dsn)) as connection, connection.cursor() as at:
        at.execute("SELECT count(*) FROM pg_stat_activity")
        return int(at.fetchone()[0])  # type: ignore[index]


def test_heads_that_never_end_silence_nobody(target: Target) -> None:
    with ExitStack() as opened:
        for at in ("FLASK_PORT", "STREAMLIT_PORT"):
            for _ in range(300):
                connection = HTTPConnection("127.0.0.1", target.stack.ports[at], timeout=20)
                opened.callback(connection.close)
                with suppress(OSError):
                    connection.connect()
                    connection.sock.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nX: ")
        assert_well(target)


NOT_THEIRS = {
    "api": ["UPDATE users SET role = 'admin'", "DELETE FROM audit_log", "SELECT * FROM pg_authid"],
    "pages": ["DELETE FROM audit_log", "DROP TABLE votes", "CREATE ROLE mallory"],
    "worker": [
        "UPDATE users SET role = 'admin'",
        "SELECT secret_hash FROM staff_invitations",
        "TRUNCATE votes",
    ],
    "tasks": [
        "INSERT INTO users (name, password_hash, role) VALUES ('mallory', 'x', 'admin')",
        "DELETE FROM audit_log",
        "ALTER TABLE votes DISABLE TRIGGER ALL",
    ],
}
ANYWHERE = [
    "SET ROLE tyreloop",
    "SET ROLE tyreloop_owner",
    "COPY votes TO PROGRAM 'id'",
    "SELECT pg_read_file('/etc/passwd')",
]


def refusal_of(at: cursor, statement: str) -> Exception | None:
    try:
        at.execute(statement)
    except errors.InsufficientPrivilege as error:
        return error
    return None


@pytest.mark.parametrize("service", NOT_THEIRS)
def test_a_services_login_does_what_is_its_own_only(target: Target, service: str) -> None:
    password = keep_secret(StackFolder.of(target.settings).secrets / login_file(service))
    login = {**target.settings.postgres_dsn, "user": f"tyreloop_{service}", "password": password}
    for statement in (*NOT_THEIRS[service], *ANYWHERE):
        with closing(psycopg2.connect(**login)) as connection, connection.cursor() as at:
            assert refusal_of(at, statement) is not None, statement
    if service != "tasks":  # which makes the backups of it
        with pytest.raises(psycopg2.OperationalError):
            psycopg2.connect(**{**login, "dbname": "mlflow"})
