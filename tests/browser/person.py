"""What a person does with the pages, in their words."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Locator, Page, expect

# Chromium drops what it loads when the machine's network changes: containers come and go.
TRIES = 3
DOWN, UP = 1, 0  # the thumbs from left to right: up, down
# Every picture is there, also inside our own part of the page, and nothing holds a place for something else.
NOTHING_IS_MISSING = """() => {
  const app = document.querySelector(".stApp");
  const shadows = [...app.querySelectorAll("*")].map((element) => element.shadowRoot).filter(Boolean);
  const pictures = [app, ...shadows].flatMap((root) => [...root.querySelectorAll("img")]);
  const isWaiting = app.querySelector("[data-testid=stSkeleton], [data-testid=stAppSkeleton]");
  return !isWaiting && pictures.every((picture) => picture.complete && picture.getAttribute("src"));
}"""

STANDS_STILL = "() => document.querySelector(\".stApp[data-test-script-state='notRunning']\")"
# A button is drawn first, and bound to its key when the browser has nothing more urgent to do.
# One that is never idle, on a busy machine, does so after ten seconds.
AT_REST = """() => new Promise(rests => requestAnimationFrame(
    () => requestIdleCallback(() => rests(true), {timeout: 10000})
))"""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in front of a browser."""

    page: Page
    artifacts: Path

    def opens(self, path: str = "/") -> None:
        for _ in range(TRIES - 1):
            try:
                self._goes_to(path)
                return
            except (PlaywrightError, AssertionError):
                continue
        self._goes_to(path)

    def _goes_to(self, path: str) -> None:
        self.page.goto(path)
        expect(self.page.locator(".st-key-top-line")).to_be_visible()

    def waits_until_it_stands_still(self) -> None:
        """The page is drawn, and the browser has done what it does with it."""
        self.page.wait_for_function(STANDS_STILL)
        self.page.wait_for_function(AT_REST)

    def chooses(self, photo: bytes, name: str = "tyre.jpg") -> None:
        file = {"name": name, "mimeType": "image/jpeg", "buffer": photo}
        self.page.set_input_files("input[type=file]", files=[file])
        expect(self.predict_button).to_be_enabled()

    def predicts(self) -> str:
        """Presses Predict; answers the prediction's id."""
        self.predict_button.click()
        expect(self.verdict).to_be_visible()
        self.page.wait_for_url("**/?p=*")
        return self.prediction_id

    def inspects(self, photo: bytes) -> str:
        self.opens()
        self.chooses(photo)
        return self.predicts()

    def likes(self) -> None:
        self._touches(UP)

    def dislikes(self) -> None:
        self._touches(DOWN)

    def corrects(self, label: str) -> None:
        """Says what is right; once the link to the receipt is there, it is kept."""
        number = ("good", "defective", "not_a_tyre", "unknown").index(label)
        self.page.locator("[class*='st-key-label-'] button").nth(number).click()
        expect(self.page.locator("a[href*='receipt']")).to_be_visible()

    def picks(self, key: str, option: str) -> None:
        """One of a list that opens."""
        self.page.locator(f".st-key-{key}").get_by_role("combobox").click()
        self.page.get_by_role("option", name=option, exact=True).click()

    def reloads(self) -> None:
        self.page.reload()
        expect(self.verdict).to_be_visible()

    def shoots(self, name: str) -> None:
        """A screenshot of the whole page, for people to look at."""
        self.artifacts.mkdir(parents=True, exist_ok=True)
        size = self.page.viewport_size
        assert size is not None
        self.page.wait_for_function(NOTHING_IS_MISSING)
        content = self.page.evaluate("document.querySelector('.stMain').scrollHeight")
        self.page.set_viewport_size({"width": size["width"], "height": max(size["height"], content)})
        self.page.screenshot(path=self.artifacts / f"{name}.png", animations="disabled")
        self.page.set_viewport_size(size)

    @property
    def predict_button(self) -> Locator:
        return self.page.locator(".st-key-predict button")

    @property
    def verdict(self) -> Locator:
        return self.page.locator("[class*='st-key-verdict-'] h2")

    @property
    def thumbs(self) -> Locator:
        return self.page.locator(".st-key-thumbs [role=radio]")

    @property
    def prediction_id(self) -> str:
        return parse_qs(urlsplit(self.page.url).query)["p"][0]

    def expects_thumb(self, which: int | None) -> None:
        """The vote on the screen; once it is there, it is kept."""
        for thumb in (UP, DOWN):
            expect(self.thumbs.nth(thumb)).to_have_attribute("aria-checked", str(thumb == which).lower())
        expect(self.page.locator(".st-key-undo-vote")).to_have_count(0 if which is None else 1)

    def _touches(self, thumb: int) -> None:
        self.thumbs.nth(thumb).click()
        self.expects_thumb(thumb)
