"""Take a photo out of the datasets to come, or let it in again."""

from __future__ import annotations

from tyreloop.domain.dataset import require_restorable
from tyreloop.domain.errors import NotFound
from tyreloop.domain.photo import PhotoId
from tyreloop.domain.staff import Act, Actor, Right
from tyreloop.loop_ports import Curating


def remove_image(photo_id: PhotoId, *, by: Actor, using: Curating) -> None:
    """No snapshot from now on holds it; those that were frozen stay as they are."""
    by.require(Right.CURATE)
    using.datasets.remove(photo_id, act=Act.of(by, "image_removed", f"photo:{photo_id}", using.clock()))


def restore_image(photo_id: PhotoId, *, by: Actor, using: Curating) -> None:
    """Within thirty days."""
    by.require(Right.CURATE)
    removal, at = using.datasets.removal(photo_id), using.clock()
    if removal is None:
        raise NotFound("This photo was not removed.")
    require_restorable(removal, at)
    using.datasets.restore(photo_id, act=Act.of(by, "image_restored", f"photo:{photo_id}", at))
