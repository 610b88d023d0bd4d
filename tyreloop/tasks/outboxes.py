"""What waits in the outboxes of processes that may not run any more."""

from __future__ import annotations

from contextlib import closing

from tyreloop.adapters.feedback import outbox_files, receivers_in
from tyreloop.adapters.outbox import Outbox, sweep
from tyreloop.tasks.task import Details, Tools, task


@task("sweep-outboxes", schedule="*/5 * * * *")
def sweep_outboxes(tools: Tools) -> Details:
    """Send what waits in the outboxes of this machine."""
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
