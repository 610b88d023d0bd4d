"""A verdict over a slow line: `python -m benchmarks.slow_line URL`, with the pages that answer there.

Chromium sends and receives 1.6 Mbit/s, each round trip takes 150 ms, its processor is slowed to a quarter.
Prints what travels up from the choice of a 12-megapixel photo to its verdict, and how long each part takes;
ends with 1 where a median is above its goal.
"""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import numpy as np
from PIL import Image
from playwright.sync_api import CDPSession, Page, sync_playwright

RUNS = 7
BITS_PER_SECOND, ROUND_TRIP_MS, SLOWED = 1.6e6, 150, 4
MOST_KILOBYTES, MOST_SECONDS = 250, 2.5
PHONE = {"width": 390, "height": 844}
VERDICT = "[class*='st-key-verdict-'] h2"
SAMPLE = Path(__file__).parents[1] / "streamlit_ui" / "samples" / "cracked.jpg"


def main() -> int:
    program = shutil.which("chromium") or shutil.which("google-chrome")
    with TemporaryDirectory() as folder, sync_playwright() as playwright:
        photo = Path(folder, "tyre.jpg")
        photo.write_bytes(camera_photo())
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_context(viewport=PHONE, is_mobile=True, has_touch=True).new_page()
        visit = Visit(page, page.context.new_cdp_session(page), photo)
        _, *runs = [visit.presses() for _ in range(RUNS + 1)]  # the first fills the cache
        page.locator(".st-key-another button").click()
        page.locator(".st-key-at-once label").click()
        at_once = median(visit.waits() for _ in range(RUNS))
        browser.close()
        megabytes = photo.stat().st_size / 1e6
    kilobytes, arrived, verdict = (median(column) for column in zip(*runs, strict=True))
    print(f"a photo of {megabytes:.1f} MB: {kilobytes:.0f} kB travel up (at most {MOST_KILOBYTES})")
    print(f"from Predict to the verdict {verdict:.2f} s (at most {MOST_SECONDS})")
    print(f"from the choice to the preview {arrived:.2f} s; judged at once, to the verdict {at_once:.2f} s")
    print("each run:", "; ".join("{:.0f} kB {:.2f} s {:.2f} s".format(*run) for run in runs))
    return int(kilobytes > MOST_KILOBYTES or verdict > MOST_SECONDS)


@dataclass(frozen=True, slots=True)
class Visit:
    """Somebody with a slow phone, who shows the photo again and again."""

    page: Page
    line: CDPSession
    photo: Path

    def presses(self) -> tuple[float, float, float]:
        """Kilobytes up, seconds until the photo has arrived, seconds from the press to the verdict."""
        sent, begun = self._chooses()
        self.page.locator(".st-key-preview img").wait_for()
        pressed = perf_counter()
        self.page.locator(".st-key-predict button").click()
        self.page.locator(VERDICT).wait_for()
        return sent.kilobytes, pressed - begun, perf_counter() - pressed

    def waits(self) -> float:
        """Seconds from the choice to the verdict, where nothing is pressed between them."""
        _, begun = self._chooses()
        self.page.locator(VERDICT).wait_for()
        return perf_counter() - begun

    def _chooses(self) -> tuple[Sent, float]:
        slow(self.line, on=False)
        self.page.goto(sys.argv[1])
        self.page.locator("[data-testid=stFileUploaderDropzone] button").wait_for()
        self.page.wait_for_load_state("networkidle")
        slow(self.line, on=True)
        sent, begun = Sent(self.line), perf_counter()
        self.page.set_input_files("input[type=file]", files=[self.photo])
        return sent, begun


class Sent:
    """What a page sends: bodies of requests and frames of its socket."""

    def __init__(self, line: CDPSession) -> None:
        self._bytes = 0
        line.on("Network.webSocketFrameSent", self._count_frame)
        line.on("Network.requestWillBeSentExtraInfo", self._count_request)

    @property
    def kilobytes(self) -> float:
        return self._bytes / 1e3

    def _count_request(self, event: dict[str, Any]) -> None:
        headers = {name.lower(): value for name, value in event["headers"].items()}
        self._bytes += int(headers.get("content-length", 0))

    def _count_frame(self, event: dict[str, Any]) -> None:
        data = event["response"]["payloadData"]  # of a binary frame in base64
        self._bytes += len(data) * 3 // 4 if event["response"]["opcode"] == 2 else len(data)


def slow(line: CDPSession, *, on: bool) -> None:
    """Over the developer tools' protocol, as its own presets do."""
    each_way = BITS_PER_SECOND / 8 if on else -1
    throughput = {"downloadThroughput": each_way, "uploadThroughput": each_way}
    line.send("Network.enable")
    line.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": ROUND_TRIP_MS if on else 0, **throughput},
    )
    line.send("Emulation.setCPUThrottlingRate", {"rate": SLOWED if on else 1})


def camera_photo() -> bytes:
    """A drawn tyre of twelve megapixels with a sensor's grain: as heavy as a phone's photo."""
    with Image.open(SAMPLE) as picture:
        tyre = np.asarray(picture.convert("RGB").resize((4032, 3024)), np.float32)
    grain = np.random.default_rng(1).normal(0, 12, tyre.shape[:2])[..., None]
    kept = BytesIO()
    Image.fromarray((tyre + grain).clip(0, 255).astype(np.uint8)).save(kept, "JPEG", quality=90)
    return kept.getvalue()


if __name__ == "__main__":
    sys.exit(main())
