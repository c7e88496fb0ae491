/** Paths that are never answered from the cache: they are live, or they are somebody's own. */
const livePrefixes = ["/api/", "/live/", "/mqtt", "/healthz", "/readyz", "/metrics", "/sw.js"] as const;

/** What the worker does with a request: leave it to the network, answer with the page's shell, or look in the cache first. */
export type WorkerAnswer = "network" | "shell" | "cache";

/** Pure: how a request is answered. */
export function chooseAnswer(request: { method: string; url: string; navigates: boolean }, origin: string): WorkerAnswer {
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== origin || livePrefixes.some((prefix) => url.pathname.startsWith(prefix))) {
    return "network";
  }
  return request.navigates ? "shell" : "cache";
}
