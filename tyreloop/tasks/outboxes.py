"""What waits in the outbox, also when no process that serves people runs any more."""

from __future__ import annotations

from contextlib import closing

from tyreloop.bootstrap import receivers_of, stores_in
from tyreloop.store.outbox import outbox_of
from tyreloop.store.replay import sweep
from tyreloop.tasks.task import Details, Tools, task


@task("sweep-outboxes", schedule="*/5 * * * *")
def sweep_outboxes(tools: Tools) -> Details:
    """Send what waits in the outbox of this machine."""
    to = receivers_of(stores_in(tools.database, tools.photos))
    with closing(outbox_of(tools.settings)) as outbox:
        sent = sweep(outbox, to).sent
        waiting, set_aside = outbox.count(), outbox.count(set_aside=True)
    photos = tools.photos.send_waiting()
    return {"sent": sent, "waiting": waiting, "set_aside": set_aside, "photos_sent": photos}
