"""How fast the pages are, measured in the browser: `python -m benchmarks.pages URL`.

Prints the median milliseconds from navigation to a usable page, and from the click on Predict to the verdict
on the screen for a photo of 1600 x 1200, each over 20 runs.
"""

from __future__ import annotations

import sys
from statistics import median

from playwright.sync_api import Page, sync_playwright

from benchmarks.photos import SIZES, photo
from tests.browser.conftest import PROGRAM

RUNS = 20
CLICK_TO_VERDICT = """() => new Promise((resolve) => {
  const begun = performance.now();
  const seen = () => document.querySelector("[class*='st-key-verdict-'] h2");
  const look = () => (seen() ? resolve(performance.now() - begun) : requestAnimationFrame(look));
  document.querySelector(".st-key-predict button").click();
  look();
})"""


def main() -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=PROGRAM, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
        opened, judged = zip(*(measure(page, sys.argv[1], number) for number in range(RUNS)), strict=True)
        browser.close()
    print(f"usable after navigation: median {median(opened):.0f} ms, worst {max(opened):.0f} ms")
    print(f"click to verdict: median {median(judged):.0f} ms, worst {max(judged):.0f} ms")


def measure(page: Page, url: str, number: int) -> tuple[float, float]:
    page.goto(url)
    page.locator("[data-testid=stFileUploaderDropzone] button").wait_for()
    opened = float(page.evaluate("performance.now()"))
    file = {"name": "tyre.jpg", "mimeType": "image/jpeg", "buffer": photo(SIZES["medium"], number)}
    page.set_input_files("input[type=file]", files=[file])
    page.locator(".st-key-predict button").wait_for()
    page.locator(".st-key-preview img").wait_for()
    return opened, float(page.evaluate(CLICK_TO_VERDICT))


if __name__ == "__main__":
    main()
