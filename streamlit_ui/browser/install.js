// The pages may be put on the home screen; Streamlit's own page says nothing of it, so its head is completed here.
const manifest = `/app.webmanifest?in=${LANGUAGE}`;
for (const [rel, href] of [["manifest", manifest], ["apple-touch-icon", "/icon-192.png"]]) {
  const link = document.head.querySelector(`link[rel=${rel}]`) ?? document.head.appendChild(document.createElement("link"));
  if (link.getAttribute("href") !== href) Object.assign(link, { rel, href });
}
// A worker is for pages on an encrypted line and on this machine; elsewhere browsers have none.
if (!window.tyreloopWorker && navigator.serviceWorker) {
  window.tyreloopWorker = navigator.serviceWorker.register("/offline.js").catch(() => null);
}
