"""The words that a page shows or that a screen reader says."""

from __future__ import annotations

import re

from playwright.sync_api import Page

from tests.ui.test_texts import HANGUL, LATIN_WORD, SAME_EVERYWHERE

READ_WORDS = """() => {
  const silent = "[data-testid=stIconMaterial], .st-key-switch-language, script, style, [hidden]"
    + ", [aria-hidden=true], [translate=no]";
  const isSaid = (element) => !element.closest(silent) && element.checkVisibility({checkVisibilityCSS: true});
  const said = [];
  const app = document.querySelector(".stApp");
  const hosts = [...app.querySelectorAll("*")].filter((element) => element.shadowRoot);
  for (const root of [app, ...hosts.map((host) => host.shadowRoot)]) {
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      if (node.parentElement && isSaid(node.parentElement)) said.push(node.textContent);
    }
    for (const name of ["aria-label", "title", "placeholder", "alt"]) {
      for (const element of root.querySelectorAll(`[${name}]`)) {
        if (isSaid(element)) said.push(element.getAttribute(name));
      }
    }
  }
  const uploader = document.querySelector("[data-testid=stFileUploaderDropzoneInstructions]");
  if (uploader) said.push(...["::before", "::after"].map((part) => getComputedStyle(uploader, part).content));
  return said.filter((text) => text.trim());
}"""
# Names and remarks that people or the machine give are no words of ours; they stay as they came.
NAMES = re.compile(
    r"tyreloop|looker-\w+|[0-9a-f]{8,}"
    r"|^demo$|\b(?:ann|choi|kim|lee|sue)\b|\S+\.(?:jpg|png|zip)|[A-Z][a-z]+/[A-Z][A-Za-z_]+|UTC"
)


def foreign_words(page: Page, language: str) -> set[str]:
    """Words of the other language on this page, but for the switch to it."""
    pattern = LATIN_WORD if language == "ko" else HANGUL
    texts: list[str] = page.evaluate(READ_WORDS)
    found = {word for text in texts for word in pattern.findall(NAMES.sub(" ", text))}
    return found - SAME_EVERYWHERE
