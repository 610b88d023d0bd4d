from __future__ import annotations

import pytest

from tests.vision.bundles import BRIGHT, jpeg_of


@pytest.fixture(scope="session")
def bright() -> bytes:
    return jpeg_of(BRIGHT)
