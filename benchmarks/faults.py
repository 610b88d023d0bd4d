"""What the service leans on goes away in turn while people use it: what was acknowledged is there afterwards.

    python -m benchmarks.faults [SECONDS_OF_EACH_FAULT]

Real processes (the service, the worker, Postgres, MLflow, an S3 server), each behind a line that can be cut.
Visitors show photos and vote, scientists order work and try to release versions, as long as the faults last;
then a release is stopped at each of its points in turn, while visitors go on.
Afterwards: acknowledged and lost, doubled, counted in the hourly counts exactly once, and whether registry,
release and service name the same version.
It needs root, for the data folder is a small disk of its own that is filled.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, suppress
from dataclasses import replace
from datetime import timedelta
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from random import Random
from tempfile import mkdtemp
from threading import Event, Lock
from time import monotonic
from typing import Any
from uuid import UUID, uuid4

from moto.server import ThreadedMotoServer

from benchmarks.faulty_line import Line, Mode
from benchmarks.faulty_server import NAME, PASSWORD, FaultyServer
from benchmarks.killing import Process, Stopped, Stops
from tests.fixtures.mlflow_server import running_registry
from tests.vision.bundles import jpeg_of, write_bundle
from tyreloop.bootstrap import Role, open_releasing, opened_stores
from tyreloop.domain.errors import TyreloopError
from tyreloop.domain.orders import OrderId, OrderState
from tyreloop.domain.staff import Actor, Right
from tyreloop.files.buckets import ensure_bucket, s3_client
from tyreloop.local.ports import any_free
from tyreloop.local.program import LOOPBACK, http_status
from tyreloop.models.register import register_bundle
from tyreloop.models.release import Releasing, ensure_first_model, promote_version, settle
from tyreloop.settings import Settings, environment_for_child
from tyreloop.store.counts import recount, roll_up
from tyreloop.store.db import Database
from tyreloop.store.migrations import migrate
from tyreloop.use_cases.orders import order_inspection

VISITORS, DISK_MEGABYTES, KILLS, SECRET = 4, 160, 3, "a secret of this measurement only, long enough"
SUE = Actor("user:sue", frozenset(Right), is_known=True)
PAUSE = Event()
SETTLED_WITHIN_SECONDS = 180.0
DOUBLED = """
SELECT count(*) FROM (
    SELECT 1 FROM vote_history GROUP BY prediction_id, visitor HAVING count(*) > 1
) AS doubled
"""


class Site:
    """The parts, the lines to them, and what was acknowledged."""

    def __init__(self, folder: Path, started: ExitStack) -> None:
        self.server = FaultyServer(folder / "postgres")
        started.callback(self.server.close)
        migrate(self.server.owner)
        self.database = Line(self.server.port)
        s3 = ThreadedMotoServer(ip_address=LOOPBACK, port=0, verbose=False)
        s3.start()
        started.callback(s3.stop)
        self.s3 = Line(s3.get_host_and_port()[1])
        (folder / "mlflow").mkdir()
        uri = started.enter_context(running_registry(folder / "mlflow"))
        self.registry = Line(int(uri.rpartition(":")[2]))
        self.data = folder / "data"
        self.data.mkdir()
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={DISK_MEGABYTES}m", "tmpfs", self.data], check=True
        )
        started.callback(lambda: subprocess.run(["umount", self.data], check=False))
        os.environ |= {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}
        self.port = any_free()
        self.settings = self._settings(folder)
        ensure_bucket(s3_client(self.settings), "photos")
        environment = environment_for_child(
            {name.upper(): str(said) for name, said in self.given.items()}
            | {"SECRET_KEY": SECRET, "RELEASE_SIGNING_KEY": SECRET}
        )
        self.stores = started.enter_context(opened_stores(self.settings, role=Role.SHELL))
        self.using: Releasing = open_releasing(self.settings, self.stores)
        ensure_first_model(write_bundle(folder / "first"), using=self.using)
        self.versions = [
            1,
            register_bundle(write_bundle(folder / "second"), description="", registry=self.using.registry),
        ]
        self.service = Process("inference_api", environment, folder)
        self.worker = Process("tyreloop.worker", environment, folder)
        for process in (self.service, self.worker):
            started.callback(process.stop)
        self.wait_until_ready()
        self.lock, self.answered = Lock(), Counter[str]()
        self.predictions: dict[str, tuple[str, bool]] = {}
        self.votes: dict[str, bool] = {}
        self.orders: list[OrderId] = []
        self.points, self.points_are_walked = 0, Event()

    def _settings(self, folder: Path) -> Settings:
        self.given: dict[str, Any] = {
            "postgres_host": LOOPBACK,
            "postgres_port": self.database.port,
            "postgres_db": NAME,
            "postgres_user": NAME,
            "postgres_password": PASSWORD,
            "mlflow_tracking_uri": f"http://{LOOPBACK}:{self.registry.port}",
            "model_name": "tyre-defect",
            "model_poll_seconds": 1,
            "photo_store_url": "s3://photos",
            "s3_endpoint_url": f"http://{LOOPBACK}:{self.s3.port}",
            "s3_region": "us-east-1",
            "data_dir": self.data,
            "flask_port": self.port,
            "rate_limit_per_minute": 0,
            "api_url": f"http://{LOOPBACK}:{self.port}",
        }
        return Settings(_env_file=None, release_signing_key=SECRET, secret_key=SECRET, **self.given)

    def wait_until_ready(self) -> None:
        wait_for(lambda: http_status(self.port, "/readyz") == 200, "the service")

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, Any]:
        said = {name.replace("_", "-"): value for name, value in headers.items()}
        said |= {"Idempotency-Key": uuid4().hex}
        try:
            with closing(HTTPConnection(LOOPBACK, self.port, timeout=30)) as connection:
                connection.request(method, path, body, said)
                response = connection.getresponse()
                return response.status, json.loads(response.read() or b"{}")
        except (OSError, HTTPException, ValueError):
            return 0, {}

    def visit(self, seed: int, over: Event) -> None:
        """Show a photo, say what one thinks of the answer, and again."""
        dice = Random(seed)
        visitor = f"visitor-of-faults-{seed:04}"
        while not over.is_set():
            photo = jpeg_of(dice.choice((30, 60, 200, 230))) + uuid4().bytes
            status, body = self.ask(
                "POST", "/v1/predictions", photo, content_type="image/jpeg", x_visitor=visitor
            )
            self._count("photo", status)
            if status != 201 or not body["kept"]:
                PAUSE.wait(0.2)
                continue
            with self.lock:
                self.predictions[body["id"]] = (body["photo_id"], body["photo_kept"])
            liked = dice.random() < 0.7
            said = json.dumps({"liked": liked}).encode()
            status, _ = self.ask(
                "PUT",
                f"/v1/predictions/{body['id']}/vote",
                said,
                content_type="application/json",
                x_visitor=visitor,
            )
            self._count("vote", status)
            if status in (200, 201, 202):
                with self.lock:
                    self.votes[body["id"]] = liked

    def work(self, over: Event) -> None:
        """Order inspections, and try to release now this version and now that."""
        dice = Random(7)
        while not over.wait(1.0):
            with suppress(TyreloopError):
                self.orders.append(order_inspection("untrained", by=SUE, using=self.stores).id)
            if self.points_are_walked.is_set():
                continue  # then the fault itself is releasing
            with suppress(TyreloopError):
                promote_version(
                    dice.choice(self.versions), by=SUE, using=self.using, force=True, reason="a fault"
                )

    def _count(self, what: str, status: int) -> None:
        with self.lock:
            self.answered[f"{what} {status}"] += 1


def wait_for(is_so: Callable[[], bool], what: str, seconds: float = SETTLED_WITHIN_SECONDS) -> float:
    began = monotonic()
    while not is_so():
        assert monotonic() - began < seconds, f"{what} did not come about in {seconds:.0f} s"
        PAUSE.wait(0.2)
    return monotonic() - began


def faults(site: Site, seconds: float) -> list[tuple[str, Callable[[], None]]]:
    def on(line: Line, mode: Mode) -> Callable[[], None]:
        def fault() -> None:
            line.mode = mode
            PAUSE.wait(seconds)
            line.mode = Mode.CARRY

        return fault

    def locked() -> None:
        with site.server.locked("votes"):
            PAUSE.wait(seconds)

    def exhausted() -> None:
        with site.server.without_connections():
            PAUSE.wait(seconds)

    def disk_full() -> None:
        filler = site.data / "filler"
        with suppress(OSError), filler.open("wb", buffering=0) as opened:
            while True:
                opened.write(bytes(65_536))
        PAUSE.wait(seconds)
        filler.unlink()

    def disk_full_without_database() -> None:
        site.database.mode = Mode.REFUSE
        disk_full()
        site.database.mode = Mode.CARRY

    return [
        ("registry refuses", on(site.registry, Mode.REFUSE)),
        ("registry is silent", on(site.registry, Mode.BLACKHOLE)),
        ("S3 refuses", on(site.s3, Mode.REFUSE)),
        ("S3 is silent", on(site.s3, Mode.BLACKHOLE)),
        ("S3 forbids (403)", on(site.s3, Mode.FORBID)),
        ("database and broker refuse", on(site.database, Mode.REFUSE)),
        ("database and broker are silent", on(site.database, Mode.BLACKHOLE)),
        ("replies of the database are lost", on(site.database, Mode.LOSE_REPLIES)),
        ("database is slow", on(site.database, Mode.SLOW)),
        ("votes are locked", locked),
        ("connections are exhausted", exhausted),
        ("backends are killed (-9)", site.server.kill_backends),
        ("database is killed (-9)", lambda: site.server.kill(signal.SIGKILL, down_for=seconds)),
        ("database is stopped at once", lambda: site.server.kill(signal.SIGQUIT, down_for=seconds)),
        ("disk is full", disk_full),
        ("disk is full, database away", disk_full_without_database),
        (f"service is killed (-9), {KILLS} times", lambda: kill(site.service, site, seconds)),
        (f"worker is killed (-9), {KILLS} times", lambda: kill(site.worker, site, seconds)),
        ("a release is stopped at each point", lambda: stop_at_each_point(site)),
    ]


def kill(process: Process, site: Site, seconds: float) -> None:
    for _ in range(KILLS):
        process.kill()
        process.start()
        site.wait_until_ready()
        PAUSE.wait(seconds)


def stop_at_each_point(site: Site) -> None:
    """Whoever comes by an hour later carries it on, or takes it back; registry, release and service agree."""
    site.points_are_walked.set()
    wait_for(lambda: _agrees(site), "one version everywhere before a release")
    registry = Stops(site.using.registry, "download", "move_alias", "move_stage")
    models = Stops(site.using.models, "ask", "advance")
    using: Any = replace(site.using, registry=registry, models=models)
    for at in range(1, 40):
        serving = site.ask("GET", "/v1/model")[1].get("serving")
        other = next(version for version in site.versions if version != serving)
        Stops.left = at
        try:
            promote_version(other, by=SUE, using=using, force=True, reason="a fault")
        except Stopped:
            site.points += 1
        else:
            return
        wait_for(lambda: _agrees(site, later=timedelta(hours=1)), f"one version after point {at}")


def judge(site: Site) -> bool:
    """What was acknowledged against what is there; figures, and whether all of them are right."""
    gauges = ("tyreloop_outbox_entries", "tyreloop_to_keep")
    drained = wait_for(lambda: not any(_gauge(site.port, one) for one in gauges), "an empty outbox")
    wait_for(lambda: all(_is_over(site, order) for order in site.orders), "the end of all orders")
    wait_for(lambda: _agrees(site), "one version everywhere")
    stored = {
        UUID(row[0]).hex: row[1] for row in site.server.ask("SELECT id::text, photo_id FROM predictions")
    }
    votes = {UUID(r[0]).hex: r[1] for r in site.server.ask("SELECT prediction_id::text, liked FROM votes")}
    doubled = site.server.ask(DOUBLED)[0][0]
    with closing(Database(site.server.owner, statement_seconds=60)) as database:
        roll_up(database)
        counted = site.server.ask("SELECT sum(likes + dislikes) FROM hourly_votes")[0][0] or 0
        mended = recount(database)
    failed = [one for one in site.orders if _state_of(site, one) is not OrderState.DONE]
    waited = site.stores.photos.send_waiting()  # as the task does every five minutes
    there = {*site.stores.photos.ids()}
    promised = {photo for photo, kept in site.predictions.values() if kept}
    missing = promised - there
    lost = site.predictions.keys() - stored.keys()
    wrong = [one for one, liked in site.votes.items() if votes.get(one) is not liked]
    print(f"answers: {dict(sorted(site.answered.items()))}")
    print(f"predictions acknowledged {len(site.predictions)}, lost {len(lost)}")
    print(f"votes acknowledged {len(site.votes)}, lost or wrong {len(wrong)}, doubled {doubled}")
    print(f"votes stored {len(votes)}, counted by the hour {counted}, hours that were wrong {mended}")
    not_promised = len(site.predictions) - len(promised)
    print(
        f"photos said to be kept {len(promised)} ({not_promised} said not to be), missing {len(missing)}; "
        f"{waited} of them waited for S3"
    )
    print(f"a release was stopped at {site.points} points")
    print(f"orders acknowledged {len(site.orders)}, not done {len(failed)}")
    print(f"outbox empty {drained:.1f} s after the last fault; registry, release and service agree")
    return not (lost or wrong or doubled or missing or failed or mended or counted != len(votes))


def _gauge(port: int, name: str) -> float:
    """How much waits in the service, as it says itself."""
    with closing(HTTPConnection(LOOPBACK, port, timeout=10)) as connection:
        connection.request("GET", "/metrics")
        lines = connection.getresponse().read().decode().splitlines()
    return float(next(line for line in lines if line.startswith(f"{name} ")).split()[1])


def _state_of(site: Site, order: OrderId) -> OrderState | None:
    found = site.stores.orders.get(order)
    return found.state if found else None


def _is_over(site: Site, order: OrderId) -> bool:
    state = _state_of(site, order)
    return state is not None and state.is_over


def _agrees(site: Site, *, later: timedelta = timedelta()) -> bool:
    clock = site.using.clock
    with suppress(TyreloopError):
        settle(replace(site.using, clock=lambda: clock() + later))
        standing, named = site.using.models.standing("tyre-defect"), site.using.registry.production()
        serving = site.ask("GET", "/v1/model")[1].get("serving")
        on_its_way = site.using.models.on_its_way("tyre-defect")
        return bool(standing and named and standing.to_version == named.version == serving and not on_its_way)
    return False


def main(seconds: float) -> int:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # the S3 server tells of each photo
    folder = Path(mkdtemp(prefix="tyreloop-bench-"))
    folder.chmod(0o711)
    over = Event()
    try:
        with ExitStack() as started:
            site = Site(folder, started)
            with ThreadPoolExecutor(VISITORS + 1) as pool:
                people = [pool.submit(site.visit, seed, over) for seed in range(VISITORS)]
                people.append(pool.submit(site.work, over))
                for name, fault in faults(site, seconds):
                    fault()
                    print(
                        f"{name:34} {len(site.predictions):5} predictions, {len(site.votes):5} votes",
                        flush=True,
                    )
                    PAUSE.wait(2.0)
                over.set()
                for person in people:
                    person.result()
            return 0 if judge(site) else 1
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]) if sys.argv[1:] else 6.0))
