"""The SQL, loaded from the files beside this one; each statement has a name and a purpose."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import aiosql

queries: Any = aiosql.from_path(Path(__file__).parent / "queries", "psycopg2", mandatory_parameters=False)
