"""The service over in-memory twins, with a tiny model: for whoever throws requests at its contract.

gunicorn -c inference_api/gunicorn.conf.py benchmarks.wsgi_in_memory:app
schemathesis run http://127.0.0.1:5002/openapi.json
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from tempfile import mkdtemp

from inference_api import Services, create_app
from inference_api.admission import Admission
from inference_api.metrics import Metrics
from tests.vision.bundles import write_bundle
from tyreloop.adapters.memory import (
    MemoryCorrections,
    MemoryPhotoStore,
    MemoryPredictionLog,
    MemoryPredictions,
    MemoryRegistry,
    MemoryVotes,
)
from tyreloop.adapters.model_shelf import ModelShelf
from tyreloop.adapters.model_shelf.cache import ModelCache
from tyreloop.ports import Feedback

folder = Path(mkdtemp())
registry, predictions = MemoryRegistry(), MemoryPredictions()
registry.move_production(registry.register(write_bundle(folder / "bundle"), description="", tags={}))
shelf = ModelShelf(lambda: registry, ModelCache(folder / "models"))
shelf.look()
feedback = Feedback(
    predictions=predictions,
    votes=MemoryVotes(predictions),
    corrections=MemoryCorrections(predictions),
    clock=lambda: datetime.now(UTC),
)
app = create_app(
    Services(
        shelf=shelf,
        look_for_model=shelf.look,
        log=MemoryPredictionLog(predictions),
        feedback=feedback,
        photos=MemoryPhotoStore(),
        admission=Admission(slots=2),
        metrics=Metrics(),
        clock=feedback.clock,
    )
)
