// Streamlit names some of its own buttons in English only: screen readers hear our words instead.
// A key with a star stands for any name in its place, as in "Remove *".
window.tyreloopWords = WORDS;
document.documentElement.lang = LANGUAGE;
for (const [name, value] of Object.entries(REMEMBERED)) {
  document.cookie = `${name}=${value};path=/;max-age=${KEPT_SECONDS};samesite=lax`;
}

if (!window.tyreloopObserver) {
  const originals = new Map(); // what we wrote -> what Streamlit wrote, so that a change of language finds its way
  const translated = (said) => {
    const words = window.tyreloopWords;
    if (words[said]) return words[said];
    for (const [key, word] of Object.entries(words)) {
      const [before, after] = key.split("*");
      if (after !== undefined && said.startsWith(before) && said.endsWith(after)) {
        return word.replace("*", said.slice(before.length, said.length - after.length));
      }
    }
    return null;
  };
  const rename = (read, write) => {
    const said = read();
    const original = originals.get(said) || said;
    const word = said && translated(original);
    if (word && word !== said) {
      originals.set(word, original);
      write(word);
    }
  };
  window.tyreloopRename = () => {
    for (const icon of document.querySelectorAll("[role=img][aria-label$=' icon']")) {
      icon.removeAttribute("role"); // an icon beside words says nothing of its own
      icon.removeAttribute("aria-label");
      icon.setAttribute("aria-hidden", "true");
    }
    for (const button of document.querySelectorAll("[data-testid=stFileUploaderDropzone] button[kind=secondary]")) {
      const word = JSON.parse(getComputedStyle(button).getPropertyValue("--upload-button") || "null"); // as it reads
      if (word && button.getAttribute("aria-label") !== word) button.setAttribute("aria-label", word);
    }
    for (const name of ["aria-label", "title", "placeholder", "aria-valuetext"]) {
      for (const element of document.querySelectorAll(`[${name}]`)) {
        rename(() => element.getAttribute(name), (word) => element.setAttribute(name, word));
      }
    }
    for (const words of document.querySelectorAll("a[href='#stMain'], [role=dialog] *")) {
      if (!words.childElementCount) rename(() => words.textContent, (word) => { words.textContent = word; });
    }
    window.tyreloopAdvise?.();
  };
  window.tyreloopObserver = new MutationObserver(window.tyreloopRename);
  window.tyreloopObserver.observe(document.body, {
    subtree: true, childList: true, attributes: true, attributeFilter: ["aria-label", "title", "placeholder"],
  });
}
window.tyreloopRename();
