"""Twenty people at once, each with five photos, in real browsers.

    python -m benchmarks.visitors PAGES_URL SERVICE_URL [--visitors 20] [--photos 5]

Each has a browser context of their own (their own cookie, a small window), shows photo after photo and waits
for each verdict. Afterwards every answer is asked for again by its visitor: it must be about the photo they
showed, under an id that nobody else got. Memory is that of both servers with their children (proportional set
size): after one visitor has come and gone, at the most, and at the end.
"""

from __future__ import annotations

import asyncio
import json
import time
from base64 import urlsafe_b64decode
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from statistics import median
from urllib.parse import parse_qs, urlsplit

import click
import psutil
import requests
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from benchmarks.photos import photo
from benchmarks.servers import proportional_megabytes
from tests.browser.conftest import PROGRAM

COOKIE, PHOTO = "tyreloop_visitor", (1200, 900)
WINDOW = {"width": 360, "height": 640}
PATIENCE_MS = 300_000
MOST_MEGABYTES_MORE, SECONDS_TO_SETTLE = 150, 180  # a session outlives its visitor by a minute


@dataclass(frozen=True, slots=True)
class Shown:
    """A photo that somebody showed, and the answer they got."""

    photo_id: str
    prediction_id: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Stay:
    """What one visitor did, and what went wrong."""

    visitor: str
    shown: Sequence[Shown]
    errors: Sequence[str]


@click.command()
@click.argument("pages_url")
@click.argument("service_url")
@click.option("--visitors", default=20, show_default=True)
@click.option("--photos", default=5, show_default=True)
def main(pages_url: str, service_url: str, visitors: int, photos: int) -> None:
    """Let them all in at once."""
    servers = [process_at(pages_url), process_at(service_url)]
    asyncio.run(all_at_once(pages_url, visitors=1, photos=1, first=1000))
    before = proportional_megabytes(*servers)
    begun = time.monotonic()
    stays, most = asyncio.run(measured(pages_url, servers, visitors=visitors, photos=photos))
    took = time.monotonic() - begun
    errors = [error for stay in stays for error in stay.errors] + mixed_up(stays, service_url)
    seconds = [shown.seconds for stay in stays for shown in stay.shown]
    after = settled(servers, before)
    print(f"{visitors} visitors with {photos} photos each: {len(seconds)} verdicts in {took:.0f} s")
    if seconds:
        print(f"upload to verdict: median {median(seconds):.1f} s, worst {max(seconds):.1f} s")
    print(
        f"memory: {before:.0f} MB before, {most:.0f} at the most, {after:.0f} after ({after - before:+.0f})"
    )
    print(f"errors and mix-ups: {len(errors)}")
    print("\n".join(errors[:10]))
    if errors or len(seconds) < visitors * photos or after - before > MOST_MEGABYTES_MORE:
        raise SystemExit(1)


async def measured(
    url: str, servers: Sequence[psutil.Process], *, visitors: int, photos: int
) -> tuple[list[Stay], float]:
    """Everybody's stay, and the most memory meanwhile."""
    everybody = asyncio.create_task(all_at_once(url, visitors=visitors, photos=photos, first=0))
    most = 0.0
    while not everybody.done():
        most = max(most, proportional_megabytes(*servers))
        await asyncio.sleep(1)
    return await everybody, most


async def all_at_once(url: str, *, visitors: int, photos: int, first: int) -> list[Stay]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=PROGRAM, args=["--no-sandbox", "--disable-gpu", "--renderer-process-limit=4"]
        )
        albums = [[photo(PHOTO, (first + n) * 100 + each) for each in range(photos)] for n in range(visitors)]
        everybody = (stay(browser, url, first + n, album) for n, album in enumerate(albums))
        return list(await asyncio.gather(*everybody))


async def stay(browser: Browser, url: str, number: int, album: Sequence[bytes]) -> Stay:
    """One visitor, from the first page to the last verdict."""
    context = await browser.new_context(viewport=WINDOW, locale="en-GB")  # type: ignore[arg-type]
    context.set_default_timeout(PATIENCE_MS)
    page, shown, errors = await context.new_page(), list[Shown](), list[str]()
    try:
        await page.goto(url)
        shown.extend([await show(page, data) for data in album])
        errors += [
            f"visitor {number}: {text}" for text in await page.locator(".stAlertContainer").all_inner_texts()
        ]
    except Exception as error:  # noqa: BLE001 - told at the end, whatever it was
        errors.append(f"visitor {number}: {error}")
    visitor = await visitor_in(context)
    await context.close()
    return Stay(visitor, shown, [error for error in errors if "demonstration model" not in error])


async def show(page: Page, data: bytes) -> Shown:
    """Choose a photo, press the button, read the answer's id, begin anew."""
    begun = time.monotonic()
    await page.locator("[data-testid=stFileUploaderDropzone] button").first.wait_for()
    file = {"name": "tyre.jpg", "mimeType": "image/jpeg", "buffer": data}
    await page.set_input_files("input[type=file]", files=[file])  # type: ignore[list-item]
    await page.locator(".st-key-predict button").click()
    await page.locator("[class*='st-key-verdict-'] h2").wait_for()
    seconds = time.monotonic() - begun
    await page.wait_for_url("**/?p=*")
    prediction_id = parse_qs(urlsplit(page.url).query)["p"][0]
    await page.locator(".st-key-another button").click()
    await page.locator("[class*='st-key-verdict-'] h2").wait_for(state="detached")
    return Shown(sha256(data).hexdigest(), prediction_id, seconds)


async def visitor_in(context: BrowserContext) -> str:
    """Whom the cookie names: signed, but no secret."""
    [value] = [cookie["value"] for cookie in await context.cookies() if cookie["name"] == COOKIE]
    text = value.partition(".")[0]
    return str(json.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4))))


def mixed_up(stays: Sequence[Stay], service_url: str) -> list[str]:
    """Answers about another's photo, or given twice."""
    found = []
    ids = [shown.prediction_id for stay in stays for shown in stay.shown]
    if len(set(ids)) != len(ids):
        found.append("two visitors got the same answer")
    if len({stay.visitor for stay in stays}) != len(stays):
        found.append("two visitors have the same name")
    for each in stays:
        for shown in each.shown:
            answer = requests.get(
                f"{service_url}/v1/predictions/{shown.prediction_id}",
                headers={"X-Visitor": each.visitor},
                timeout=30,
            )
            if not answer.ok or answer.json()["photo_id"] != shown.photo_id:
                found.append(f"{each.visitor}: {shown.prediction_id} is not about their photo")
    return found


def process_at(url: str) -> psutil.Process:
    """The server that listens there: the oldest of its processes."""
    port = urlsplit(url).port
    pids = {
        connection.pid
        for connection in psutil.net_connections("tcp")
        if connection.status == psutil.CONN_LISTEN and connection.laddr.port == port and connection.pid
    }
    return min((psutil.Process(pid) for pid in pids), key=lambda process: process.create_time())


def settled(servers: Sequence[psutil.Process], before: float) -> float:
    """The memory once the visitors' sessions are forgotten."""
    deadline = time.monotonic() + SECONDS_TO_SETTLE
    while (
        now := proportional_megabytes(*servers)
    ) - before > MOST_MEGABYTES_MORE and time.monotonic() < deadline:
        time.sleep(2)
    return now


if __name__ == "__main__":
    main()
