/** Registers the service worker that keeps the shell for times without a network. Absent outside of HTTPS and localhost. */
export function registerServiceWorker(): void {
  if (import.meta.env.PROD && "serviceWorker" in navigator) {
    window.addEventListener("load", () => {
      // Without it everything works but the offline shell.
      navigator.serviceWorker.register("/sw.js").catch(() => null);
    });
  }
}
