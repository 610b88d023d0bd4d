"""Far more photos than the service can judge: what it answers, what it refuses, how soon it recovers.

python -m benchmarks.overload [--times 5] [--seconds 60]
"""

from __future__ import annotations

import threading
from contextlib import closing
from time import perf_counter, sleep

import click

from benchmarks.load import (
    Connection,
    Outcome,
    closed_loop,
    form_request,
    get_request,
    open_loop,
    percentile,
)
from benchmarks.photos import photos
from benchmarks.run import fresh_service


class Health:
    """Asks /healthz ten times a second, all along."""

    def __init__(self, url: str) -> None:
        self.url, self.outcome, self.done = url, Outcome(), threading.Event()
        self.thread = threading.Thread(target=self._ask, daemon=True)
        self.thread.start()

    def _ask(self) -> None:
        request = get_request(self.url)
        while not self.done.wait(0.1):
            with closing(Connection(self.url)) as connection:
                began = perf_counter()
                status, _ = connection.ask(request)
                self.outcome.add(status, perf_counter() - began)

    def stop(self) -> Outcome:
        self.done.set()
        self.thread.join()
        return self.outcome


@click.command()
@click.option("--times", default=5.0, show_default=True)
@click.option("--seconds", default=60.0, show_default=True)
@click.option("--photos", "kind", default="medium", show_default=True)
def main(times: float, seconds: float, kind: str) -> None:
    """An open loop far above the peak, then a look at how it recovers."""
    pictures = photos(kind, 6)
    with fresh_service(pictures[0]) as service:
        requests = [form_request(service.url, picture) for picture in pictures]
        peak = closed_loop(service.url, requests, concurrency=8, seconds=10)
        calm = closed_loop(service.url, requests, concurrency=2, seconds=5)
        health = Health(service.url.replace("/predict", "/healthz"))
        flood = open_loop(service.url, requests, rate=peak.rate * times, seconds=seconds, clients=160)
        asked = health.stop()
        sleep(10)
        after = closed_loop(service.url, requests, concurrency=2, seconds=5)
        peak_after = closed_loop(service.url, requests, concurrency=8, seconds=10)
    best = (peak.rate + peak_after.rate) / 2  # neighbours of a shared machine come and go
    click.echo(f"peak {peak.rate:.1f}/s before, {peak_after.rate:.1f} after")
    click.echo(f"offered {peak.rate * times:.0f}/s for {seconds:.0f} s: {flood.statuses}")
    click.echo(
        f"goodput {flood.rate / best:.2f} of their mean; accepted p99 {flood.percentile(0.99) / 1e3:.2f} s"
    )
    click.echo(
        f"refused: p50 {percentile(flood.refusals, 0.5):.3f} s, p99 {percentile(flood.refusals, 0.99):.3f} s"
    )
    click.echo(f"health: p99 {asked.percentile(0.99) / 1e3:.3f} s, {asked.statuses}")
    click.echo(f"ten seconds later: p50 {after.percentile(0.5):.0f} ms, before {calm.percentile(0.5):.0f} ms")


if __name__ == "__main__":
    main()
