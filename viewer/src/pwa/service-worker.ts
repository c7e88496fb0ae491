import { chooseAnswer } from "./worker-rules.ts";

/** The part of the service worker's scope that is used; the DOM types know windows only. */
type WorkerScope = {
  readonly location: Location;
  readonly clients: { claim(): Promise<void> };
  skipWaiting(): Promise<void>;
  addEventListener(type: "install" | "activate", listener: (event: LifeEvent) => void): void;
  addEventListener(type: "fetch", listener: (event: RequestEvent) => void): void;
};
type LifeEvent = { waitUntil(work: Promise<unknown>): void };
type RequestEvent = { readonly request: Request; respondWith(answer: Promise<Response>): void };

declare const self: WorkerScope;
/** Every file of the built shell, and a name that changes with any of them; both are put in by the build. */
declare const __SHELL_FILES__: readonly string[];
declare const __SHELL_VERSION__: string;

const cacheName = `helmcast-${__SHELL_VERSION__}`;
const shellPath = "/index.html";

async function keepShell(): Promise<void> {
  const cache = await caches.open(cacheName);
  await cache.addAll(__SHELL_FILES__.map((path) => new Request(path, { cache: "reload" })));
  await self.skipWaiting();
}

async function dropOldShells(): Promise<void> {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith("helmcast-") && name !== cacheName).map((name) => caches.delete(name)));
  await self.clients.claim();
}

async function answerFromCache(key: Request | string, request: Request): Promise<Response> {
  const cache = await caches.open(cacheName);
  return (await cache.match(key)) ?? fetch(request);
}

self.addEventListener("install", (event) => event.waitUntil(keepShell()));
self.addEventListener("activate", (event) => event.waitUntil(dropOldShells()));
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { method, url } = request;
  const answer = chooseAnswer({ method, url, navigates: request.mode === "navigate" }, self.location.origin);
  if (answer !== "network") {
    event.respondWith(answerFromCache(answer === "shell" ? shellPath : request, request));
  }
});
