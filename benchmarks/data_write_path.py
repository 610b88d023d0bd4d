"""How many votes a second are taken from eight clients, with the hourly counts and without them.

    python -m benchmarks.data_write_path [SECONDS] [ROUNDS]

Each client is a process of its own and casts one vote per transaction through the adapter, synchronously
committed. `counted`: as shipped, with the job that moves pending changes every five seconds (the schedule
says every minute). `plain`: the trigger that notes the change is off and no job runs. The two alternate.
"""

from __future__ import annotations

import sys
from contextlib import closing
from datetime import UTC, datetime
from multiprocessing import get_context
from multiprocessing.synchronize import Barrier
from statistics import median
from threading import Event, Thread
from time import monotonic
from typing import Any
from uuid import UUID, uuid4

from benchmarks.data_cluster import Scratch, scratch_database
from tyreloop.domain.feedback import IdempotencyKey, Vote
from tyreloop.domain.photos import PredictionId, Visitor
from tyreloop.store.counts import recount, roll_up
from tyreloop.store.db import Database
from tyreloop.store.feedback import PostgresVotes

CLIENTS = 8
PREDICTIONS = 400_000
FILL = f"""
SET session_replication_role = replica;
INSERT INTO photos VALUES (repeat('0', 64), 1, now(), 'gone');
INSERT INTO predictions
SELECT lpad(to_hex(n), 32, '0')::uuid, repeat('0', 64), 'visitor-' || n, 'tyre-defect', 1 + n % 3,
       (ARRAY['good', 'defective', 'unsure'])[1 + n % 3], NULL, jsonb_build_object('good', 0.5),
       jsonb_build_object(), 20, 'ui', 'r', false, now()
FROM generate_series(1, {PREDICTIONS}) AS n;
ANALYZE predictions
"""  # noqa: S608 - a number of ours

EMPTY = """
TRUNCATE votes, vote_history, idempotency_keys, pending_votes, hourly_votes;
UPDATE hourly_sources SET likes = 0, dislikes = 0
"""


def cast_votes(dsn: dict[str, Any], first: int, seconds: float, ready: Barrier) -> int:
    """One client: votes on predictions of its own, one after another; answers how many."""
    with closing(Database(dsn, role="tyreloop_app", connections=1)) as database:
        votes = PostgresVotes(database)
        ready.wait()
        end, number = monotonic() + seconds, first
        while monotonic() < end:
            prediction = PredictionId(UUID(int=number).hex)
            vote = Vote(prediction, Visitor(f"visitor-{number}"), number % 4 != 0, datetime.now(UTC))
            votes.save(vote, key=IdempotencyKey(uuid4().hex))
            number += 1
        return number - first


def votes_per_second(scratch: Scratch, first: int, seconds: float, *, counted: bool) -> tuple[float, int]:
    """The rate of all clients together, and how many votes there were."""
    scratch.do(f"ALTER TABLE votes {'ENABLE' if counted else 'DISABLE'} TRIGGER count_vote")
    scratch.do("CHECKPOINT")
    context, stop = get_context("fork"), Event()
    job = Thread(target=keep_rolling_up, args=(scratch, stop), daemon=True)
    with context.Manager() as manager, context.Pool(CLIENTS) as pool:
        ready: Any = manager.Barrier(CLIENTS)
        share = 20_000
        work = [(scratch.owner, first + client * share, seconds, ready) for client in range(CLIENTS)]
        if counted:
            job.start()
        counts = pool.starmap(cast_votes, work)
    stop.set()
    if counted:
        job.join()
    return sum(counts) / seconds, sum(counts)


def keep_rolling_up(scratch: Scratch, stop: Event) -> None:
    """What the job does, more often."""
    with closing(Database(scratch.owner, role="tyreloop_jobs", statement_seconds=60)) as database:
        while not stop.wait(5):
            roll_up(database)


def main(seconds: float, rounds: int) -> None:
    with scratch_database() as scratch:
        scratch.do(FILL)
        with closing(Database(scratch.owner, statement_seconds=60)) as database:
            recount(database)
        rates: dict[bool, list[float]] = {True: [], False: []}
        total = 0
        for number in range(rounds * 2):
            # ABBA, so that growing tables weigh on both alike.
            counted = number % 4 in (0, 3)
            scratch.do(EMPTY)
            rate, count = votes_per_second(scratch, 1, seconds, counted=counted)
            rates[counted].append(rate)
            total += count
            print(f"{'counted' if counted else 'plain  '} {rate:8.0f} votes/s", flush=True)
            if counted:
                with closing(Database(scratch.owner, statement_seconds=60)) as database:
                    roll_up(database)
                    assert recount(database) == 0
                assert scratch.one("SELECT sum(likes + dislikes) FROM hourly_votes") == count
        counted_rate, plain_rate = median(rates[True]), median(rates[False])
        ratio = counted_rate / plain_rate
        print(f"median: counted {counted_rate:.0f}, plain {plain_rate:.0f}, ratio {ratio:.3f}")


if __name__ == "__main__":
    given = [float(word) for word in sys.argv[1:]]
    main(given[0] if given else 10.0, int(given[1]) if len(given) > 1 else 4)
