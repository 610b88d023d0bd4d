// Streamlit names some of its own buttons in English only: screen readers hear our words instead.
window.tyreloopWords = WORDS;
document.documentElement.lang = LANGUAGE;
document.cookie = `${COOKIE}=${LANGUAGE};path=/;max-age=${KEPT_SECONDS};samesite=lax`;

if (!window.tyreloopObserver) {
  const rename = (element) => {
    for (const name of ["aria-label", "title", "placeholder"]) {
      const said = element.getAttribute?.(name);
      const known = said && (window.tyreloopNamed ??= {})[said];
      const word = window.tyreloopWords[known || said];
      if (word && word !== said) {
        window.tyreloopNamed[word] = known || said; // so that a change of language finds its way back
        element.setAttribute(name, word);
      }
    }
  };
  window.tyreloopRename = () =>
    document.querySelectorAll("[aria-label], [title], [placeholder]").forEach(rename);
  window.tyreloopObserver = new MutationObserver(window.tyreloopRename);
  window.tyreloopObserver.observe(document.body, {
    subtree: true, childList: true, attributes: true, attributeFilter: ["aria-label", "title"],
  });
}
window.tyreloopRename();
