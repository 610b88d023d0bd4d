"""Whether each word of a page can be read and each act be touched."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page

# Words outside of what clips them; acts that lie below something else, however one scrolls; a page too wide.
OUT_OF_SIGHT = """() => {
  const main = document.querySelector(".stMain");
  const isShown = (one) => one.checkVisibility({checkVisibilityCSS: true})
    && one.getBoundingClientRect().width > 2;
  const isWord = (node) => node.nodeType === 3 && node.textContent.trim();
  const hasWords = (one) => [...one.childNodes].some(isWord);
  const clips = (one) => [getComputedStyle(one).overflowX, getComputedStyle(one).overflowY]
    .some((overflow) => ["hidden", "clip"].includes(overflow));
  const cut = (words) => {
    const range = document.createRange();
    range.selectNodeContents(words);
    const box = range.getBoundingClientRect();
    let frame = words;
    while (frame !== main && !clips(frame)) frame = frame.parentElement;
    const room = frame.getBoundingClientRect();
    const isForReadersOnly = room.width <= 2;
    return frame !== main && !isForReadersOnly
      && (box.right > room.right + 2 || box.left < room.left - 2 || box.bottom > room.bottom + 2);
  };
  const isCovered = (act) => {
    act.scrollIntoView({block: "center", behavior: "instant"});
    const {left, top, width, height} = act.getBoundingClientRect();
    const found = document.elementFromPoint(left + width / 2, top + height / 2);
    const isItself = act.contains(found) || found?.contains(act) || found?.closest("label")?.contains(act);
    return !found || !isItself;
  };
  const named = (kind, one) => `${kind}: ${one.textContent.trim() || one.ariaLabel || one.type}`;
  const words = [...main.querySelectorAll("*")].filter((one) => hasWords(one) && isShown(one)
    && !one.closest("[data-testid=stDataFrame], [data-testid=stIconMaterial], svg"));
  const acts = [...main.querySelectorAll("button, a, input, [role=radio]")]
    .filter((one) => isShown(one) && getComputedStyle(one).opacity !== "0");
  const fields = [...main.querySelectorAll("input[role=combobox]")].filter(isShown);
  return [
    ...fields.filter((one) => one.scrollWidth > one.clientWidth + 2).map((one) => `cut: ${one.value}`),
    ...words.filter(cut).map((one) => named("cut", one)),
    ...acts.filter(isCovered).map((one) => named("covered", one)),
    ...(main.scrollWidth > main.clientWidth ? ["wider than the window"] : []),
  ];
}"""


def out_of_sight(page: Page) -> list[Any]:
    """What a person cannot read or touch, however they scroll."""
    found: list[Any] = page.evaluate(OUT_OF_SIGHT)
    return found
