"""Database, registry and S3 dead or silent: whether photos are still answered, and how much later.

python -m benchmarks.dead_backends [--rounds 4] [--seconds 5]
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from statistics import median

import click

from benchmarks.load import Outcome, closed_loop, form_request
from benchmarks.photos import photos
from benchmarks.run import fresh_service
from benchmarks.servers import ANSWERS_ONLY, SERVICE, Running, Server


@contextmanager
def silent_port() -> Iterator[int]:
    """A port where connections succeed and nobody ever says a word."""
    with closing(socket.socket()) as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(512)
        port: int = silent.getsockname()[1]
        yield port


def environments(opened: ExitStack) -> dict[str, tuple[Server, dict[str, str]]]:
    """What stands behind the service in each case; keeping nothing is what the others are held against."""
    silent = {name: str(opened.enter_context(silent_port())) for name in ("postgres", "registry", "s3")}
    keys = {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_DEFAULT_REGION": "us-east-1"}
    s3 = {**keys, "PHOTO_STORE_URL": "s3://photos/all", "S3_PATH_STYLE": "true"}
    return {
        "keeping nothing": (ANSWERS_ONLY, {}),
        "all dead": (SERVICE, {**s3, "S3_ENDPOINT_URL": "http://127.0.0.1:9"}),
        "postgres silent": (SERVICE, {"POSTGRES_PORT": silent["postgres"]}),
        "registry silent": (SERVICE, {"MLFLOW_TRACKING_URI": f"http://127.0.0.1:{silent['registry']}"}),
        "s3 silent": (SERVICE, {**s3, "S3_ENDPOINT_URL": f"http://127.0.0.1:{silent['s3']}"}),
    }


@click.command()
@click.option("--rounds", default=4, show_default=True)
@click.option("--seconds", default=5.0, show_default=True)
def main(rounds: int, seconds: float) -> None:
    """The same load on each, in turn."""
    pictures = photos("medium", 6)
    with ExitStack() as opened:
        seen: dict[str, tuple[Running, list[Outcome]]] = {}
        for name, (server, changes) in environments(opened).items():
            seen[name] = (opened.enter_context(fresh_service(pictures[0], server, changes)), [])
        for _ in range(rounds):
            for one, outcomes in seen.values():
                requests = [form_request(one.url, picture) for picture in pictures]
                outcomes.append(closed_loop(one.url, requests, concurrency=2, seconds=seconds))
        usual = median(outcome.percentile(0.99) for outcome in seen["keeping nothing"][1])
        for name, (_, outcomes) in seen.items():
            answered = sum(len(outcome.latencies) for outcome in outcomes)
            failed = sum(len(outcome.refusals) for outcome in outcomes)
            p99 = median(outcome.percentile(0.99) for outcome in outcomes)
            click.echo(
                f"{name}: {answered} answered, {failed} not; p99 {p99:.0f} ms, {p99 / usual:.2f} of the usual"
            )


if __name__ == "__main__":
    main()
