import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { AdminPageProps } from "../admin/admin-pages.tsx";
import { text } from "../i18n/language.ts";
import { Notice } from "./notice.tsx";

type Loaded = typeof import("../admin/admin-pages.tsx");

/** Fetches the account and admin pages when they are first opened: most visits never need their bytes. */
export function AdminPages(props: AdminPageProps) {
  const t = text.value;
  const loaded = useSignal<Loaded | "failed" | null>(null);
  const load = (): void => {
    import("../admin/admin-pages.tsx").then(
      (module) => {
        loaded.value = module;
      },
      () => {
        loaded.value = "failed";
      },
    );
  };
  useEffect(load, []);
  if (loaded.value === null || loaded.value === "failed") {
    return (
      <main class="page page-middle">
        {loaded.value === null ? (
          <Notice>{t.restoring}</Notice>
        ) : (
          // Anew as a whole: some browsers remember a failed import, and after an update the old page's file is gone for good.
          <Notice action={t.tryAgain} onAction={() => window.location.reload()}>
            {t.pageMissing}
          </Notice>
        )}
      </main>
    );
  }
  const { AdminPage } = loaded.value;
  return <AdminPage {...props} />;
}
