"""The service over in-memory twins, with a tiny model: for whoever throws requests at its contract.

gunicorn -c inference_api/gunicorn.conf.py benchmarks.wsgi_in_memory:app
schemathesis run http://127.0.0.1:5002/openapi.json
"""

from __future__ import annotations

from pathlib import Path
from tempfile import mkdtemp

from inference_api import create_app
from tests.fixtures.service import service_over_twins
from tests.vision.bundles import write_bundle
from tyreloop.adapters.memory.models import MemoryRegistry
from tyreloop.adapters.model_shelf import ModelShelf
from tyreloop.adapters.model_shelf.cache import ModelCache

folder, registry = Path(mkdtemp()), MemoryRegistry()
registry.move_production(registry.register(write_bundle(folder / "bundle"), description="", tags={}))
shelf = ModelShelf(lambda: registry, ModelCache(folder / "models"))
shelf.look()
app = create_app(service_over_twins(shelf))
