"""A training ordered from the queue: through RabbitMQ to the worker, and into the registry."""

from __future__ import annotations

from time import monotonic, sleep

from tests.containers.checks import require
from tests.containers.engine import Stack

# As small as a training can be; what comes of it is no model for anybody.
RECIPE = """
name = "walk"
demo = true
description = "Drawn by the walk."
[network]
name = "small_cnn"
imagenet = false
dropout = 0.0
[input]
side = 64
fit = "squash"
[fitting]
epochs = 1
batch = 16
rate = 0.002
weight_decay = 0.02
patience = 2
average = 0.9
seed = 1
[augmentation]
zoom = 0.1
turn_degrees = 5
light = 0.1
grey = 0.1
blur = 0.1
noise = 0.01
[judging]
error_among_sure = 0.4
tyres_refused = 0.4
[drawing]
count = 160
seed = 1
size = 96
"""
ORDER = """
import sys
from tyreloop.bootstrap import Role as ProcessRole, opened_stores
from tyreloop.domain.staff import Actor, Role
from tyreloop.settings import settings
from tyreloop.use_cases.orders import order_training
recipes = settings().data_dir / "recipes"
recipes.mkdir(exist_ok=True)
(recipes / "walk.toml").write_text(sys.argv[1])
sue = Actor("user:sue", Role.SCIENTIST.rights, "walk", is_known=True)
with opened_stores(settings(), role=ProcessRole.WORKER) as stores:
    print(order_training("walk", dataset=None, start=None, by=sue, using=stores).id)
"""
HOW_IT_STANDS = (
    "SELECT state, error || coalesce('version ' || (result ->> 'version'), '') FROM queue_jobs WHERE id = "
)


def train(stack: Stack, *, seconds: float = 900) -> str:
    """Order a training and wait for its end; answers how long it took and what it made."""
    began = monotonic()
    job = stack.exec("worker", "python", "-c", ORDER, RECIPE)
    state, said = "queued", ""
    while state in {"queued", "running"} and monotonic() - began < seconds:
        sleep(2)
        state, _, said = stack.sql(f"{HOW_IT_STANDS}'{job}'").partition("|")
    require(state == "done", f"the training is {state}: {said}")
    return f"{said} after {monotonic() - began:.0f} s"
