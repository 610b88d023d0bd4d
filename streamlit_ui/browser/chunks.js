// What the page draws later is fetched as soon as the browser has nothing better to do.
if (!window.tyreloopChunks) {
  window.tyreloopChunks = true;
  const entry = document.querySelector("script[type=module][src*='/static/js/']");
  // A part that did not arrive leaves a hole, and the browser does not ask for it twice: the page is opened anew, once.
  const openAnew = () => {
    const isSecondTime = Date.now() - Number(sessionStorage.getItem("tyreloop-anew")) < 60000;
    sessionStorage.setItem("tyreloop-anew", Date.now());
    if (!isSecondTime) location.reload();
  };
  window.addEventListener("vite:preloadError", openAnew);
  const fetchAhead = () => {
    if (document.body.innerText.includes("Failed to fetch dynamically imported module")) openAnew(); // before we listened
    for (const name of entry ? CHUNKS : []) {
      const href = new URL(name, entry.src);
      document.head.append(Object.assign(document.createElement("link"), { rel: "modulepreload", href, crossOrigin: "" }));
    }
  };
  (window.requestIdleCallback ?? setTimeout)(fetchAhead);
}
