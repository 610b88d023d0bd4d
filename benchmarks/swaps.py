"""Promotions and rollbacks under load: no request fails, and every answer's version and weights agree.

python -m benchmarks.swaps [--moves 20] [--share 0.7]
"""

from __future__ import annotations

import json
import threading
import warnings
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter, sleep
from urllib.request import urlopen

import click

from benchmarks.load import Outcome, closed_loop, form_request, open_loop
from benchmarks.photos import photos
from benchmarks.run import CACHE, service_environment, weights
from benchmarks.servers import SERVICE, started
from tests.fixtures.mlflow_server import running_registry
from tyreloop.models.registry import MlflowRegistry
from tyreloop.vision.bundle import load_bundle
from tyreloop.vision.card import read_card, write_card
from tyreloop.vision.pipeline import judge

MODEL = "tyre-defect"
PATIENCE_SECONDS = 60
TEMPERATURES = (1.0, 2.0, 4.0)  # the same graph, told apart by its probabilities


def seconds_until(url: str, version: int) -> float:
    """How long it takes until a version serves, looked at several times a second."""
    began = perf_counter()
    while perf_counter() - began < PATIENCE_SECONDS:
        with urlopen(url, timeout=5) as response:  # noqa: S310 - our own server
            if json.load(response)["serving"] == version:
                return perf_counter() - began
        sleep(0.2)
    raise RuntimeError(f"version {version} did not answer within {PATIENCE_SECONDS} s")


def register_versions(store: MlflowRegistry, folder: Path) -> dict[int, dict[str, float]]:
    """Three versions, and what each says about the one photo."""
    expected, photo = {}, photos("medium", 1)[0]
    with TemporaryDirectory() as made:
        for temperature in TEMPERATURES:
            bundle = Path(made) / str(temperature)
            bundle.mkdir()
            (bundle / "model.onnx").write_bytes((folder / "model.onnx").read_bytes())
            write_card(read_card(folder).model_copy(update={"temperature": temperature}), bundle)
            version = store.register(bundle, description="benchmark", tags={})
            expected[version] = dict(judge(photo, load_bundle(bundle, version)).probabilities)
    return expected


def move(store: MlflowRegistry, version: int, turn: int) -> None:
    """As our own command does it, and in between as people do it in MLflow's page: the alias alone."""
    if turn % 2:
        store._client.set_registered_model_alias(MODEL, "production", str(version))
    else:
        store.move_production(version)


def disagreements(outcome: Outcome, expected: dict[int, dict[str, float]]) -> int:
    """Answers whose version is not the one whose probabilities they carry."""
    said = [json.loads(body) for body in outcome.bodies]
    return sum(
        abs(one["probabilities"]["good"] - expected[one["model"]["version"]]["good"]) > 1e-4 for one in said
    )


@click.command()
@click.option("--moves", default=20, show_default=True)
@click.option("--share", default=0.7, show_default=True, help="Of the rate that the service reaches at most.")
def main(moves: int, share: float) -> None:
    """Move Production again and again while photos come in."""
    warnings.simplefilter("ignore")
    photo = photos("medium", 1)[0]
    with ExitStack() as opened:
        data = Path(opened.enter_context(TemporaryDirectory(dir=CACHE))).resolve()
        uri = opened.enter_context(running_registry(data))
        store = MlflowRegistry(uri, MODEL)
        expected = register_versions(store, weights())
        store.move_production(min(expected))
        extra = service_environment(data) | {
            "MLFLOW_TRACKING_URI": uri,
            "MODEL_NAME": MODEL,
            "MODEL_POLL_SECONDS": "2",
        }
        service = opened.enter_context(started(SERVICE, weights(), CACHE, photo, extra))
        requests = [form_request(service.url, photo)]
        peak = closed_loop(service.url, requests, concurrency=8, seconds=5).rate
        delays: list[float] = []
        mover = threading.Thread(target=_move_all, args=(store, service.url, sorted(expected), moves, delays))
        mover.start()
        outcome, megabytes = Outcome(), []
        while mover.is_alive():
            one = open_loop(service.url, requests, rate=peak * share, seconds=5, clients=24, keep_bodies=True)
            outcome.take_in(one)
            megabytes.append(service.proportional_megabytes)
        click.echo(f"peak {peak:.1f}/s, load {peak * share:.1f}/s, {len(outcome.latencies)} answers")
        click.echo(f"{len(delays)} moves; failed requests: {len(outcome.refusals)} {outcome.statuses}")
        click.echo(f"version and weights disagree: {disagreements(outcome, expected)}")
        click.echo(
            f"new version answers after {median(delays):.1f} s (median), {max(delays):.1f} s (longest)"
        )
        click.echo(f"p50 {outcome.percentile(0.5):.0f} ms, p99 {outcome.percentile(0.99):.0f} ms")
        third = max(len(megabytes) // 3, 1)
        first, last = median(megabytes[:third]), median(megabytes[-third:])
        click.echo(f"memory: {first:.0f} MB in the first third of the time, {last:.0f} in the last")


def _move_all(store: MlflowRegistry, url: str, versions: list[int], moves: int, delays: list[float]) -> None:
    for turn in range(moves):
        version = versions[(turn + 1) % len(versions)]
        move(store, version, turn)
        delays.append(seconds_until(url.replace("/predict", "/v1/model"), version))


if __name__ == "__main__":
    main()
