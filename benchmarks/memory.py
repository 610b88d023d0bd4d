"""Memory of the service after thousands of mixed photos.

python -m benchmarks.memory [--photos 2000] [--python PYTHON]
"""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from pathlib import Path
from time import sleep

import click
from PIL import Image

from benchmarks.load import closed_loop, form_request
from benchmarks.photos import photos
from benchmarks.run import fresh_service
from benchmarks.servers import SERVICE
from tests.vision.odd_photos import same_tyre

REST_SECONDS = 12  # what waits to be kept is kept, and spare memory is given back


def mixed() -> list[bytes]:
    """Of every size and form, two of a phone's, one PNG of twelve megapixels."""
    large = BytesIO()
    Image.open(BytesIO(photos("phone", 1)[0])).save(large, "PNG", compress_level=1)
    forms = [data for data, _ in same_tyre().values()]
    return [
        *forms,
        *photos("small", 4),
        *photos("medium", 6),
        *photos("phone", 2),
        large.getvalue()[:19_000_000],
    ]


@click.command()
@click.option("--photos", "count", default=2000, show_default=True)
@click.option("--python", default="", help="Of an environment that holds the extra `api` alone.")
def main(count: int, python: str) -> None:
    """Ask again and again, and look at the memory in between."""
    pictures = mixed()
    server = SERVICE
    if python:
        server = replace(SERVICE, command=lambda _, port, folder: SERVICE.command(Path(python), port, folder))
    with fresh_service(pictures[-3], server) as service:
        click.echo(f"first answer after {service.first_answer_seconds:.2f} s")
        requests, answered = [form_request(service.url, picture) for picture in pictures], 0
        while answered < count:
            outcome = closed_loop(service.url, requests, concurrency=8, seconds=10)
            answered += sum(outcome.statuses.values())
            click.echo(f"{answered} photos {outcome.statuses}: {service.proportional_megabytes:.0f} MB")
        sleep(REST_SECONDS)
        click.echo(f"at rest: {service.proportional_megabytes:.0f} MB")


if __name__ == "__main__":
    main()
