"""Ten thousand acknowledged votes while the database meets fifty faults: none lost, none counted twice.

    python -m benchmarks.data_faults [VOTES] [FAULTS]

Eight clients vote as the pages do, through the outbox; a vote that is refused is given again with the same
key. Afterwards every acknowledged vote must stand in the database once, in its history once, and in the
hourly counts once.
"""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from tempfile import mkdtemp
from threading import Event, Lock
from time import monotonic, sleep
from uuid import UUID, uuid4

from benchmarks.data_cluster import NAME, PASSWORD
from benchmarks.faulty_line import Line, Mode
from benchmarks.faulty_server import FaultyServer
from tyreloop.bootstrap import Role, ServingStores, serve_stores
from tyreloop.domain.errors import StoreUnavailable
from tyreloop.domain.feedback import IdempotencyKey, Vote
from tyreloop.domain.photos import PredictionId, Visitor
from tyreloop.local.program import LOOPBACK
from tyreloop.settings import Settings
from tyreloop.store.counts import recount, roll_up
from tyreloop.store.db import Database
from tyreloop.store.migrations import migrate

CLIENTS = 8
FILL = """
INSERT INTO photos VALUES (repeat('0', 64), 1, now(), 'gone');
INSERT INTO predictions
SELECT lpad(to_hex(n), 32, '0')::uuid, repeat('0', 64), 'visitor-' || n, 'tyre-defect', 1 + n %% 3, 'good',
       NULL, '{}', '{}', 20, 'ui', 'r', false, now()
FROM generate_series(1, %s) AS n
"""


def mount(folder: Path) -> None:
    """A disk of its own for the outbox, small enough to be filled in a moment; this needs root."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", folder], check=True)


def unmount(folder: Path) -> None:
    subprocess.run(["umount", folder], check=True)


class Trial:
    """The server, the line, the process that keeps votes, and what was acknowledged."""

    def __init__(self, folder: Path, votes: int) -> None:
        self.server = FaultyServer(folder / "postgres")
        migrate(self.server.owner)
        self.server.ask(FILL % votes)
        self.line = Line(self.server.port)
        self.outbox_folder = folder / "data" / "outbox"
        self.outbox_folder.mkdir(parents=True)
        mount(self.outbox_folder)
        settings = Settings(
            _env_file=None,
            postgres_host=LOOPBACK,
            postgres_port=self.line.port,
            postgres_db=NAME,
            postgres_user=NAME,
            postgres_password=PASSWORD,
            data_dir=folder / "data",
            outbox_max_megabytes=64,
        )
        self.serving: ServingStores = serve_stores(settings, role=Role.PAGES)
        self.left = iter(range(1, votes + 1))
        self.liked: dict[int, bool] = {}
        self.deliveries: Counter[str] = Counter()
        self.slowest = 0.0
        self.lock = Lock()
        self.pause = 0.0

    def vote_on(self, number: int, random: Random) -> None:
        """Vote until it is acknowledged, as a person would who sees that it was refused."""
        key = IdempotencyKey(uuid4().hex)
        vote = Vote(
            PredictionId(UUID(int=number).hex),
            Visitor(f"visitor-{number}"),
            random.random() < 0.7,
            datetime.now(UTC),
        )
        while True:
            start = monotonic()
            try:
                delivery = self.serving.stores.votes.save(vote, key=key)
            except StoreUnavailable:
                delivery = None
            with self.lock:
                self.slowest = max(self.slowest, monotonic() - start)
                self.deliveries[delivery or "refused"] += 1
                if delivery:
                    self.liked[number] = vote.liked
                    return
            sleep(0.2)

    def client(self, seed: int) -> None:
        random = Random(seed)
        while True:
            with self.lock:
                number = next(self.left, None)
            if number is None:
                return
            self.vote_on(number, random)
            sleep(self.pause * random.uniform(0.5, 1.5))


def faults(trial: Trial) -> list[tuple[str, Callable[[], None]]]:
    """Every kind of fault, each lasting a few seconds."""
    server, line = trial.server, trial.line

    def on_the_line(mode: Mode, seconds: float) -> Callable[[], None]:
        def fault() -> None:
            line.mode = mode
            sleep(seconds)
            line.mode = Mode.CARRY

        return fault

    def locked() -> None:
        with server.locked("votes"):
            sleep(4.5)

    def exhausted() -> None:
        with server.without_connections():
            sleep(3)

    def disk_full() -> None:
        """The database is away and the disk is full: nothing may be acknowledged that is not kept."""
        filler = trial.outbox_folder / "filler"
        line.mode = Mode.REFUSE
        with suppress(OSError), filler.open("wb", buffering=0) as opened:
            while True:
                opened.write(bytes(4096))
        sleep(3)
        filler.unlink()
        line.mode = Mode.CARRY

    return [
        ("backends killed (-9)", server.kill_backends),
        ("server killed (-9)", lambda: server.kill(signal.SIGKILL, down_for=1)),
        ("immediate stop", lambda: server.kill(signal.SIGQUIT, down_for=1)),
        ("blackholed", on_the_line(Mode.BLACKHOLE, 6)),
        ("refused", on_the_line(Mode.REFUSE, 3)),
        ("slow", on_the_line(Mode.SLOW, 3)),
        ("table locked", locked),
        ("connections exhausted", exhausted),
        ("disk full, database away", disk_full),
        ("replies lost", on_the_line(Mode.LOSE_REPLIES, 2)),
    ]


def judge(trial: Trial, votes: int, healed_at: float) -> None:
    """Compare what was acknowledged with what the database holds."""
    while trial.serving.outbox.count():
        assert monotonic() - healed_at < 300, "the backlog is not sent"
        sleep(0.1)
    drained = monotonic() - healed_at
    stored = {
        UUID(row[0]).int: row[1] for row in trial.server.ask("SELECT prediction_id::text, liked FROM votes")
    }
    history = trial.server.ask("SELECT count(*), count(DISTINCT prediction_id) FROM vote_history")[0]
    with closing(Database(trial.server.owner, statement_seconds=60)) as database:
        roll_up(database)
        counted = trial.server.ask("SELECT sum(likes), sum(dislikes) FROM hourly_votes")[0]
        wrong = recount(database)
    lost = trial.liked.keys() - stored.keys()
    changed = [number for number, liked in trial.liked.items() if stored.get(number) is not liked]
    print(f"acknowledged {len(trial.liked)} of {votes}: {dict(trial.deliveries)}")
    print(f"lost {len(lost)}, wrong {len(changed)}, rows {len(stored)}, history {history[0]}")
    set_aside = trial.serving.outbox.count(set_aside=True)
    print(f"counted {sum(counted)}, hours that were wrong {wrong}, set aside {set_aside}")
    print(f"backlog sent {drained:.1f} s after the last fault; slowest answer {trial.slowest:.1f} s")
    assert len(trial.liked) == votes
    assert not lost
    assert not changed
    assert tuple(history) == (votes, votes)
    assert sum(counted) == votes
    assert wrong == 0
    assert drained < 60


def main(votes: int, count: int) -> None:
    folder = Path(mkdtemp(prefix="tyreloop-bench-"))
    folder.chmod(0o711)
    trial, over = Trial(folder, votes), Event()
    trial.pause = CLIENTS * count * 5.0 / votes  # so that the votes last as long as the faults
    try:
        with ThreadPoolExecutor(CLIENTS) as pool:
            clients = [pool.submit(trial.client, seed) for seed in range(CLIENTS)]
            kinds = faults(trial)
            for number in range(count):
                name, fault = kinds[number % len(kinds)]
                fault()
                waiting = trial.serving.outbox.count()
                print(
                    f"{number + 1:3} {name:28} {len(trial.liked):6} acknowledged, {waiting:5} wait",
                    flush=True,
                )
                over.wait(1.5)
            healed_at, backlog = monotonic(), trial.serving.outbox.count()
            print(f"healed, {backlog} wait")
            trial.pause = 0.0
            for client in clients:
                client.result()
        judge(trial, votes, healed_at)
    finally:
        trial.serving.close()
        trial.server.close()
        unmount(trial.outbox_folder)
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    given = [int(word) for word in sys.argv[1:]]
    main(*(given or [10_000, 50]))
