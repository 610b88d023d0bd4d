"""Write rendered.yaml: what the chart makes of its own values, for people to read and tests to check.

pip install helm-python-sdk && python deploy/helm/render.py
"""

from __future__ import annotations

import hashlib
from pathlib import Path

HERE = Path(__file__).parent
CHART, RENDERED = HERE / "tyreloop", HERE / "rendered.yaml"


def fingerprint() -> str:
    """Of all files of the chart: a test sees by it whether rendered.yaml is of this chart."""
    files = sorted(file for file in CHART.rglob("*") if file.is_file())
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def main() -> None:
    """Render with the values of the chart."""
    from helm_python import Chart  # type: ignore[import-not-found] # noqa: PLC0415 - 75 MB, for this alone

    made = Chart.load(str(CHART)).render({}, name="tyreloop", namespace="tyreloop")
    parts = [text.strip().removeprefix("---\n") for _, text in sorted(made.items()) if text.strip()]
    RENDERED.write_text(f"# {fingerprint()}\n" + "\n---\n".join(parts) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
