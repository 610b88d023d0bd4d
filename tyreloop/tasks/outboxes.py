"""What waits in the outbox, also when no process that serves people runs any more."""

from __future__ import annotations

from contextlib import closing
from time import time

from tyreloop.bootstrap import receivers_of, stores_in
from tyreloop.store.outbox import journal_of, outbox_of
from tyreloop.store.replay import sweep
from tyreloop.tasks.task import Details, Tools, task

LEFT_BEHIND_SECONDS = 60.0  # an answer is on its way for a tenth of one; its service is gone


@task("sweep-outboxes", schedule="*/5 * * * *")
def sweep_outboxes(tools: Tools) -> Details:
    """Send what waits in the outbox of this machine."""
    to = receivers_of(stores_in(tools.database, tools.photos))
    with closing(outbox_of(tools.settings)) as outbox, closing(journal_of(tools.settings)) as journal:
        sent = sweep(outbox, to).sent
        if any(time() - oldest.put_at > LEFT_BEHIND_SECONDS for oldest in journal.waiting(limit=1)):
            sent += sweep(journal, to).sent
        waiting, set_aside = outbox.count(), outbox.count(set_aside=True)
    photos = tools.photos.send_waiting()
    return {"sent": sent, "waiting": waiting, "set_aside": set_aside, "photos_sent": photos}
