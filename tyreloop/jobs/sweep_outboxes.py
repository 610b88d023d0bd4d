"""Empties outboxes whose processes may not run any more."""

from __future__ import annotations

from contextlib import closing

from tyreloop.adapters.feedback import outbox_files, receivers_in
from tyreloop.adapters.outbox import Outbox, sweep
from tyreloop.jobs.job import Details, Tools


def sweep_outboxes(tools: Tools) -> Details:
    """Each running process sweeps its own; this one sweeps all that lie in the data folder."""
    to = receivers_in(tools.database)
    sent = waiting = set_aside = 0
    for file in outbox_files(tools.settings):
        with closing(Outbox(file)) as outbox:
            replayed = sweep(outbox, to)
            sent += replayed.sent
            waiting += outbox.count()
            set_aside += outbox.count(set_aside=True)
    photos = tools.photos.send_waiting()
    return {"sent": sent, "waiting": waiting, "set_aside": set_aside, "photos_sent": photos}
