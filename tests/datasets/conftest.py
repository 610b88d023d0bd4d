from __future__ import annotations

from dataclasses import dataclass, field
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from tests.review.conftest import KIM, Queue, a_queue_in
from tyreloop.domain.damage import DamageKind
from tyreloop.domain.datasets import Packed, Snapshot, hash_of_place
from tyreloop.domain.feedback import Label
from tyreloop.domain.photos import Answer, PhotoId, PredictionId, UploadedPhoto
from tyreloop.domain.staff import Actor, Role
from tyreloop.use_cases.datasets import unpack_dataset
from tyreloop.use_cases.reviews import decide_review, take_reviews
from tyreloop.use_cases.stores import Stores

SUE = Actor("user:sue", Role.SCIENTIST.rights, "request-3", is_known=True)


def a_jpeg(seed: int, quality: int = 90) -> bytes:
    coarse = np.random.default_rng(seed).integers(0, 255, (6, 8, 3), np.uint8)
    kept = BytesIO()
    Image.fromarray(coarse).resize((200, 150), Image.Resampling.BICUBIC).save(kept, "JPEG", quality=quality)
    return kept.getvalue()


def bring_in(stores: Stores, name: str, **counts: int) -> Snapshot:
    """A dataset of so many photos of each label that look unlike each other."""
    labels = [Label(label) for label, count in counts.items() for _ in range(count)]
    photos = [(UploadedPhoto(a_jpeg(1000 + seed)), label) for seed, label in enumerate(labels)]
    packed = [
        Packed(hash_of_place(photo.id), label, None, photo.id, photo.data, photo.id)
        for photo, label in photos
    ]
    return unpack_dataset(name, packed, by=SUE, using=stores)


@dataclass
class Shelf:
    """Datasets, and the reviewed photos that go into them."""

    using: Stores
    queue: Queue
    predictions: dict[PhotoId, PredictionId] = field(default_factory=dict)

    def reviewed(
        self,
        seed: int,
        label: Label = Label.DEFECTIVE,
        *,
        quality: int = 90,
        kinds: tuple[DamageKind, ...] = (),
    ) -> PhotoId:
        photo = UploadedPhoto(a_jpeg(seed, quality))
        self.using.photos.put(photo.id, photo.data)
        self.decide(photo.id, label, kinds=kinds)
        return photo.id

    def decide(self, photo_id: PhotoId, label: Label, *, kinds: tuple[DamageKind, ...] = ()) -> None:
        """Somebody shows the photo, says something about it, and Kim decides."""
        self.queue.time.minutes += 1
        prediction = self.queue.correction(Answer.GOOD, Label.DEFECTIVE, photo_id=photo_id)
        self.predictions[photo_id] = prediction.id
        [item] = take_reviews(by=KIM, using=self.queue.using, at_most=1)
        decide_review(item, label, by=KIM, using=self.queue.using, kinds=kinds)


@pytest.fixture
def shelf(stores: Stores) -> Shelf:
    queue = a_queue_in(stores)
    return Shelf(queue.using, queue)
