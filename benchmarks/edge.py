"""What the edge costs and a second replica brings: straight to one, through nginx with TLS to one and two.

python -m benchmarks.edge [--rounds 9] [--seconds 4] [--clients 8] [--photos medium]
"""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import click

from benchmarks.load import closed_loop, form_request
from benchmarks.photos import photos
from benchmarks.run import CACHE, WARM_UP_SECONDS, fresh_service
from tests.edge.running_edge import running_edge, stubs

VISITORS = 24  # a visitor always meets the same replica
BEHIND_THE_EDGE = {"PROXY_TRUSTED": "127.0.0.1"}
STRAIGHT, EDGE, TWO = "straight to one", "through the edge to one", "through the edge to two"


@click.command()
@click.option("--rounds", default=9, show_default=True)
@click.option("--seconds", default=4.0, show_default=True, help="Of each way in each round.")
@click.option("--clients", default=8, show_default=True)
@click.option("--photos", "kind", default="medium", show_default=True)
def main(rounds: int, seconds: float, clients: int, kind: str) -> None:
    """Each way in each round, in turn; medians of the rates, and of each round against the first way."""
    pictures = photos(kind, 6)
    CACHE.mkdir(parents=True, exist_ok=True)
    with ExitStack() as opened, stubs("pages") as [pages]:
        one, two = (opened.enter_context(fresh_service(pictures[0], changes=BEHIND_THE_EDGE)) for _ in "12")
        folder = Path(opened.enter_context(TemporaryDirectory(ignore_cleanup_errors=True)))
        places = [running.url.split("/")[2] for running in (one, two)]
        ways = {STRAIGHT: one.url}
        for name, api in ((EDGE, places[:1]), (TWO, places)):
            own = folder / f"{len(api)}"
            own.mkdir()
            edge = opened.enter_context(running_edge(own, api=" ".join(api), pages=pages.place))
            edge.wait_until_it_sends_to("api", *api)
            ways[name] = edge.url + "/predict"
        requests = {
            name: [
                form_request(url, pictures[n % 6], headers=f"X-Visitor: visitor-{n:06}\r\n")
                for n in range(VISITORS)
            ]
            for name, url in ways.items()
        }
        rates, failed = {name: list[float]() for name in ways}, 0
        for turn in range(rounds + 1):
            for name, url in ways.items():
                length = seconds if turn else WARM_UP_SECONDS
                outcome = closed_loop(url, requests[name], concurrency=clients, seconds=length)
                failed += len(outcome.refusals)
                if turn:
                    rates[name].append(outcome.rate)
    click.echo(f"{kind} photos, {clients} clients, {rounds} rounds of {seconds:g} s each, {failed} failed")
    for name, found in rates.items():
        shares = [rate / first for rate, first in zip(found, rates[STRAIGHT], strict=True)]
        click.echo(f"{name}: {median(found):.1f} photos/s, {median(shares):.3f} of straight")
    ratio = median(two / one for one, two in zip(rates[EDGE], rates[TWO], strict=True))
    click.echo(f"two replicas against one, both through the edge: {ratio:.3f}")


if __name__ == "__main__":
    main()
