// The service worker: keeps one version of the page's code, whole, so that it opens without a network. The server puts
// `const BUILD = {version, home, files}` before this. Lists are not its business: the page keeps those it has verified
// (page/lists.js), so that nothing that failed a check ever takes the place of something good.

const CACHE = `elicense-${BUILD.version}`;

self.addEventListener("install", (event) => {
  const all = [BUILD.home, ...BUILD.files.map((name) => `${BUILD.home}/${name}`)];
  event.waitUntil(
    caches
      .open(CACHE)
      .then((cache) => cache.addAll(all.map((url) => new Request(url, { cache: "reload" }))))
      .then(() => self.skipWaiting()),
  );
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter((name) => name.startsWith("elicense-") && name !== CACHE).map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  );
});

self.addEventListener("fetch", (event) => {
  const { origin, pathname } = new URL(event.request.url);
  const ours = origin === self.location.origin && (pathname === BUILD.home || BUILD.files.includes(pathname.slice(BUILD.home.length + 1)));
  if (event.request.method === "GET" && ours) {
    event.respondWith(caches.open(CACHE).then((cache) => cache.match(pathname).then((held) => held ?? fetch(event.request))));
  }
});
