// Keeps the offline page, and shows it where the address of a page is not reached. Nothing else passes here.
const OFFLINE = "/offline";

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open("offline").then((kept) => kept.add(new Request(OFFLINE, { cache: "reload" }))));
  self.skipWaiting();
});

self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  if (event.request.mode !== "navigate") return;
  event.respondWith(fetch(event.request).catch(() => caches.match(OFFLINE)));
});
