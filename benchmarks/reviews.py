"""How long fifty reviews by keyboard take at the page: `python -m benchmarks.reviews [REVIEWS]`.

Real pages on a Postgres of their own, a real Chromium; the reviewer presses a key as soon as the next photo
is on the screen. Prints the page time of all, the median and the slowest from key to next photo, and how
often the page was loaded anew meanwhile (it must not be).
"""

from __future__ import annotations

import sys
import time
from itertools import pairwise
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from playwright.sync_api import Page, expect, sync_playwright

from benchmarks.data_cluster import scratch_database
from tests.browser.conftest import ARTIFACTS, DESKTOP, PATIENCE_MS, PROGRAM, QUIET
from tests.browser.house import _environment, _running, _wait_for
from tests.browser.person import Person
from tests.browser.rows import rows
from tests.browser.staff import corrected_answers, expect_signed_in, hire, sign_in
from tyreloop.domain.staff import Role
from tyreloop.local.ports import any_free
from tyreloop.local.programs import streamlit_command

REVIEWS = 50
NEXT = """decided => [...document.querySelectorAll("[class*='st-key-review-skip-']")]
    .flatMap(key => [...key.classList])
    .find(name => name.startsWith("st-key-review-skip-") && !decided.includes(name))"""


def main() -> None:
    reviews = int(sys.argv[1]) if len(sys.argv) > 1 else REVIEWS
    with TemporaryDirectory(prefix="tyreloop-reviews-") as house, scratch_database() as scratch:
        folder, closed, port, dsn = Path(house), any_free(), any_free(), scratch.owner
        corrected_answers(dsn, folder, reviews)
        hire(dsn, "kim", Role.REVIEWER)
        environment = _environment(folder, dsn, f"http://127.0.0.1:{closed}", closed)
        with _running("ui", streamlit_command(port), environment, folder):
            _wait_for(port, "/_stcore/health", folder / "ui.log")
            _measure(f"http://localhost:{port}", dsn)


def _measure(url: str, dsn: dict[str, Any]) -> None:
    [(waiting,)] = rows(dsn, "SELECT count(*) FROM open_reviews")
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=PROGRAM, args=list(QUIET))
        context = browser.new_context(
            base_url=url, locale="en-GB", viewport={"width": DESKTOP[0], "height": DESKTOP[1]}
        )
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        loads: list[str] = []
        reviewer = Person(page, ARTIFACTS)
        sign_in(reviewer, "kim")
        expect_signed_in(reviewer, "kim")
        reviewer.opens("/review")
        page.on("load", lambda loaded: loads.append(loaded.url))
        moments = _review(page, waiting)
        browser.close()
    [(decided,)] = rows(dsn, "SELECT count(*) FROM reviews WHERE undone_at IS NULL")
    gaps = [later - earlier for earlier, later in pairwise(moments)]
    print(f"{decided} of {waiting} reviewed in {moments[-1] - moments[0]:.1f} s of page time")
    print(f"key to next photo: median {median(gaps) * 1e3:.0f} ms, slowest {max(gaps) * 1e3:.0f} ms")
    print(f"loaded anew: {len(loads)} times")


def _review(page: Page, waiting: int) -> list[float]:
    """When each photo was on the screen, and when nothing waited any more."""
    decided: list[str] = []
    moments = []
    for number in range(waiting):
        decided.append(str(page.wait_for_function(NEXT, arg=decided, polling="raf").json_value()))
        moments.append(time.perf_counter())
        page.evaluate("() => new Promise(drawn => requestAnimationFrame(() => setTimeout(drawn)))")
        page.keyboard.press("gdn"[number % 3])
    expect(page.get_by_text("Nothing waits for a review.")).to_be_visible()
    return [*moments, time.perf_counter()]


if __name__ == "__main__":
    main()
