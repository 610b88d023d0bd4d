"""`make bench`: the service against the limit of this machine and against peers, in alternating rounds.

python -m benchmarks.run [--rounds 5] [--seconds 4] [--photos medium,phone] [--concurrency 1,8,32]
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import process_time

import click

from benchmarks.limit import limit
from benchmarks.load import Outcome, closed_loop
from benchmarks.photos import photos
from benchmarks.servers import (
    ANSWERS_ONLY,
    BARE,
    PEER_SERVERS,
    SERVICE,
    Running,
    Server,
    service_data,
    started,
)
from tests.fixtures.mlflow_server import running_registry

CACHE = Path("data/benchmarks")
WARM_UP_SECONDS = 1.5


@dataclass
class Series:
    """What the rounds of one server saw."""

    rates: list[float] = field(default_factory=list)
    shares: list[float] = field(default_factory=list)  # of the limit measured in the same round
    p50s: list[float] = field(default_factory=list)
    p99s: list[float] = field(default_factory=list)
    cpu_ms: list[float] = field(default_factory=list)  # of all its processes, for each photo
    failures: int = 0

    def add(self, outcome: Outcome, limit_rate: float, cpu_seconds: float) -> None:
        self.cpu_ms.append(cpu_seconds * 1e3 / max(len(outcome.latencies), 1))
        self.rates.append(outcome.rate)
        self.shares.append(outcome.rate / limit_rate)
        self.p50s.append(outcome.percentile(0.5))
        self.p99s.append(outcome.percentile(0.99))
        self.failures += len(outcome.refusals)

    def row(self) -> list[str]:
        columns = ((self.rates, 1), (self.shares, 2), (self.p50s, 0), (self.p99s, 0), (self.cpu_ms, 1))
        return [*(f"{median(values):.{digits}f}" for values, digits in columns), f"{self.failures}"]


def weights() -> Path:
    """The weights, made once, in a process of its own that may hold torch."""
    folder = (CACHE / "weights").resolve()
    if not (folder / "scripted.pt").exists():
        subprocess.run([sys.executable, "-W", "ignore", "-m", "benchmarks.weights", folder], check=True)
    return folder


def service_environment(data: Path) -> dict[str, str]:
    """Neither database nor registry: what stands beside the answer is measured apart."""
    return {
        "DATA_DIR": str(data),
        "SERVE_UNSIGNED_MODELS": "true",
        "SECRET_KEY": "only for the benchmark, only for the benchmark",
        "POSTGRES_PORT": "9",
        "MLFLOW_TRACKING_URI": "http://127.0.0.1:9",
        "RATE_LIMIT_PER_MINUTE": "0",
        "LOG_LEVEL": "WARNING",
    }


@contextmanager
def fresh_service(
    photo: bytes, server: Server = SERVICE, changes: Mapping[str, str] | None = None
) -> Iterator[Running]:
    """The service with the weights as its last good model, and nothing else in its data folder."""
    bundle = weights()
    with TemporaryDirectory(dir=CACHE, ignore_cleanup_errors=True) as folder:
        data = Path(folder).resolve()
        service_data(bundle, data)
        environment = service_environment(data) | dict(changes or {})
        with started(server, bundle, CACHE, photo, environment) as service:
            yield service


def measure(
    servers: Sequence[Server], kind: str, clients: Sequence[int], *, rounds: int, seconds: float
) -> dict[int, dict[str, Series]]:
    """All servers started one at a time, each asked between two looks at the limit."""
    found: dict[int, dict[str, Series]] = {count: {} for count in clients}
    pictures, folder = photos(kind, 6), weights()
    data = (CACHE / "service").resolve()
    service_data(folder, data)
    with ExitStack() as opened:
        extra = service_environment(data)
        if any(server.needs_registry for server in servers):
            folder_of_registry = CACHE.resolve() / "registry"
            folder_of_registry.mkdir(parents=True, exist_ok=True)
            extra["REGISTRY"] = opened.enter_context(running_registry(folder_of_registry))
        running = list(_all_that_start(opened, servers, folder, pictures[0], extra))
        for one in running:
            closed_loop(one.url, _requests(one, pictures), concurrency=4, seconds=WARM_UP_SECONDS)
        for count in clients:
            for _ in range(rounds):
                spent = process_time()
                best = limit(folder, pictures, seconds=seconds)
                spent_by_limit = process_time() - spent
                for one in running:
                    spent = one.cpu_seconds
                    outcome = closed_loop(
                        one.url, _requests(one, pictures), concurrency=count, seconds=seconds
                    )
                    found[count].setdefault(one.server.name, Series()).add(
                        outcome, best, one.cpu_seconds - spent
                    )
                at_best = found[count].setdefault("the limit", Series())
                at_best.rates.append(best)
                at_best.cpu_ms.append(spent_by_limit * 1e3 / (best * seconds))
        for one in running:
            start, memory = one.first_answer_seconds, one.proportional_megabytes
            click.echo(f"  {one.server.name}: first answer {start:.1f} s, {memory:.0f} MB")
    return found


def _all_that_start(
    opened: ExitStack, servers: Sequence[Server], folder: Path, photo: bytes, extra: dict[str, str]
) -> Iterator[Running]:
    for server in servers:
        try:
            yield opened.enter_context(started(server, folder, CACHE.resolve(), photo, extra))
        except (RuntimeError, subprocess.CalledProcessError) as error:
            click.echo(f"  {server.name} did not start: {error}")


def _requests(one: Running, pictures: Sequence[bytes]) -> list[bytes]:
    return [one.server.request(one.url, picture) for picture in pictures]


def table(found: dict[int, dict[str, Series]]) -> str:
    """Markdown, as it stands in docs/benchmarks.md."""
    lines = [
        "| clients | server | photos/s | of the limit | p50 ms | p99 ms | CPU ms | failed |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for clients, by_name in found.items():
        best = by_name.pop("the limit")
        lines.append(
            f"| {clients} | the limit | {median(best.rates):.1f} | 1 | | | {median(best.cpu_ms):.1f} | |"
        )
        for name, series in by_name.items():
            lines.append(f"| {clients} | {name} | " + " | ".join(series.row()) + " |")
    return "\n".join(lines)


@click.command()
@click.option("--rounds", default=5, show_default=True)
@click.option("--seconds", default=4.0, show_default=True, help="Of each server in each round.")
@click.option("--photos", "kinds", default="medium,phone", show_default=True)
@click.option("--concurrency", default="1,8,32", show_default=True)
@click.option("--only", default="", help="Peers whose names hold this; `none` for no peer.")
def main(rounds: int, seconds: float, kinds: str, concurrency: str, only: str) -> None:
    """Measure, and print one table for each kind of photo."""
    servers = [SERVICE, ANSWERS_ONLY, BARE, *(peer for peer in PEER_SERVERS if only in peer.name)]
    clients = [int(count) for count in concurrency.split(",")]
    for kind in kinds.split(","):
        click.echo(f"{kind} photos")
        click.echo(table(measure(servers, kind, clients, rounds=rounds, seconds=seconds)))


if __name__ == "__main__":
    main()
