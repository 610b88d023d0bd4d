"""What a stranger can say to the pages' server, and what it tells browsers."""

from __future__ import annotations

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from threading import Event

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect
from streamlit.proto.BackMsg_pb2 import BackMsg

from streamlit_ui.guard import BODY_BYTES, LINES_OF_ONE, MESSAGE_BYTES, MESSAGES, Guard, _why_close
from streamlit_ui.services import once
from tyreloop.access.networks import Proxies, networks_in

PAGES = "http://tyres.example:8501"


async def _echo(socket: WebSocket) -> None:
    await socket.accept()
    try:
        while True:
            heard = BackMsg.FromString(await socket.receive_bytes())
            await socket.send_text(str(heard.WhichOneof("type")))
    except WebSocketDisconnect:
        return


@pytest.fixture
def pages() -> TestClient:
    routes = [
        Route("/", lambda _: PlainTextResponse("page"), methods=["GET", "POST"]),
        Route("/_stcore/metrics", lambda _: PlainTextResponse("counted")),
        Route("/_stcore/health", lambda _: PlainTextResponse("ok")),
        Route("/_stcore/upload_file/s/f", lambda _: PlainTextResponse("kept"), methods=["PUT"]),
        WebSocketRoute("/_stcore/stream", _echo),
    ]
    inside = networks_in("127.0.0.1")
    middleware = [
        Middleware(
            Guard, pages=PAGES, hosts="testserver,[::1]", proxies=Proxies("10.0.0.1"), metrics_from=inside
        )
    ]
    return TestClient(Starlette(routes=routes, middleware=middleware), base_url="http://testserver")


def asked_from(pages: TestClient, address: str) -> TestClient:
    return TestClient(pages.app, base_url="http://testserver", client=(address, 50_000))


def said(kind: str) -> bytes:
    message = BackMsg()
    getattr(message, kind).SetInParent() if kind == "rerun_script" else setattr(message, kind, True)
    return message.SerializeToString()


def test_nobody_empties_the_caches_of_everybody(pages: TestClient) -> None:
    with pages.websocket_connect("/_stcore/stream") as socket:
        for _ in range(80):
            socket.send_bytes(said("clear_cache"))
        socket.send_bytes(b"\xff\xff\xff")
        socket.send_bytes(said("rerun_script"))
        assert socket.receive_text() == "rerun_script"


def test_services_are_opened_once_however_many_ask() -> None:
    opened: list[int] = []
    go = Event()

    @once
    def make() -> int:
        go.wait()
        opened.append(1)
        return len(opened)

    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(make) for _ in range(80)]
        go.set()
        assert {one.result() for one in asked} == {1}
    assert opened == [1]


def test_a_message_that_is_too_long_and_a_flood_of_them_end_the_talk(pages: TestClient) -> None:
    with pages.websocket_connect("/_stcore/stream") as socket:
        socket.send_bytes(bytes(MESSAGE_BYTES + 1))
        with pytest.raises(WebSocketDisconnect):
            socket.receive_text()
    lately: deque[float] = deque(maxlen=MESSAGES)
    codes = [_why_close({"bytes": b"x"}, lately) for _ in range(MESSAGES + 1)]
    assert codes == [0] * MESSAGES + [1008]


@pytest.mark.parametrize(
    ("origin", "opens"),
    [
        (None, True),
        ("http://testserver", True),
        (PAGES, True),
        ("http://testserver:3000", False),
        ("http://elsewhere.example", False),
        ("null", False),
        ("http://[", False),
    ],
)
def test_only_our_own_pages_speak_port_included(pages: TestClient, origin: str | None, opens: bool) -> None:
    headers = {"origin": origin} if origin else {}
    assert (pages.post("/", headers=headers).status_code == 200) == opens
    try:
        with pages.websocket_connect("/_stcore/stream", headers=headers) as socket:
            socket.send_bytes(said("rerun_script"))
            assert socket.receive_text()
            was_heard = True
    except WebSocketDisconnect:
        was_heard = False
    assert was_heard == opens


def test_an_upload_without_a_length_is_refused(pages: TestClient) -> None:
    answer = pages.put("/_stcore/upload_file/s/f", content=iter([b"drip"]))
    assert answer.status_code == 413


def test_a_body_that_no_page_sends_is_refused_unread(pages: TestClient) -> None:
    assert pages.post("/", content=bytes(BODY_BYTES)).status_code == 200
    assert pages.post("/", content=bytes(BODY_BYTES + 1)).status_code == 413
    assert pages.post("/", content=iter([b"drip"])).status_code == 413
    two = {"content-length": "4", "transfer-encoding": "chunked"}
    assert pages.post("/", content=b"drip", headers=two).status_code == 400


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("testserver:8501", 200),
        ("TYRES.example", 200),
        ("[::1]:1", 200),
        ("testserver/x", 400),
        ("x@testserver", 400),
        ("evil.example", 400),
        ("", 400),
        ("testserver.evil.example", 400),
        ("testserver@evil.example", 400),
        ("evil.example?testserver", 400),
    ],
)
def test_pages_answer_under_their_own_names(pages: TestClient, host: str, status: int) -> None:
    """Else a name of somebody else's that leads here makes their page one of ours."""
    assert pages.get("/", headers={"host": host}).status_code == status
    assert pages.get("/_stcore/health", headers={"host": host}).status_code == 200
    if status == 400:
        origin = {"host": host, "origin": f"http://{host}"}
        with pytest.raises(WebSocketDisconnect), pages.websocket_connect("/_stcore/stream", headers=origin):
            pass


@pytest.mark.parametrize(
    ("address", "told", "status"),
    [
        ("127.0.0.1", "", 200),
        ("203.0.113.7", "", 403),
        ("127.0.0.1", "203.0.113.7", 403),
        ("203.0.113.7", "127.0.0.1", 403),
        ("10.0.0.1", "127.0.0.1", 403),
    ],
)
def test_figures_are_for_the_inside(pages: TestClient, address: str, told: str, status: int) -> None:
    headers = {"x-forwarded-for": told} if told else {}
    assert asked_from(pages, address).get("/_stcore/metrics", headers=headers).status_code == status


def test_one_address_has_so_many_lines_and_others_have_theirs(pages: TestClient) -> None:
    with ExitStack() as opened:
        for _ in range(LINES_OF_ONE):
            opened.enter_context(pages.websocket_connect("/_stcore/stream"))
        with pytest.raises(WebSocketDisconnect), pages.websocket_connect("/_stcore/stream"):
            pass
        lie = {"x-forwarded-for": "198.51.100.1"}  # not said by the proxy
        with pytest.raises(WebSocketDisconnect), pages.websocket_connect("/_stcore/stream", headers=lie):
            pass
        for address, headers in (("203.0.113.7", {}), ("10.0.0.1", lie)):
            opened.enter_context(
                asked_from(pages, address).websocket_connect("/_stcore/stream", headers=headers)
            )
    with pages.websocket_connect("/_stcore/stream"):
        pass


def test_browsers_are_told_who_may_frame_the_pages(pages: TestClient) -> None:
    headers = pages.get("/").headers
    assert "frame-ancestors 'self'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
