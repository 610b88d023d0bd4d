"""The outbox: what people say waits on this machine's disk while the database is away."""

from tyreloop.adapters.outbox.box import Outbox
from tyreloop.adapters.outbox.breaker import Breaker
from tyreloop.adapters.outbox.dispatch import Dispatch
from tyreloop.adapters.outbox.erasures import OutboxErasures
from tyreloop.adapters.outbox.predictions import OutboxPredictions
from tyreloop.adapters.outbox.replay import Receivers, Replayed, replay
from tyreloop.adapters.outbox.sweeper import Sweeper, sweep
from tyreloop.adapters.outbox.words import OutboxCorrections, OutboxVotes

__all__ = [
    "Breaker",
    "Dispatch",
    "Outbox",
    "OutboxCorrections",
    "OutboxErasures",
    "OutboxPredictions",
    "OutboxVotes",
    "Receivers",
    "Replayed",
    "Sweeper",
    "replay",
    "sweep",
]
