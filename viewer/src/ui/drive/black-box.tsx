import { useSignal } from "@preact/signals";
import { fetchBlackBox } from "../../drive/fetch-black-box.ts";
import { text } from "../../i18n/language.ts";
import type { ApiFailure } from "../../session/api-client.ts";
import { sayFailure } from "../say-failure.ts";
import { words } from "./words.ts";

type Phase = { readonly kind: "idle" | "asking" | "saved" } | { readonly kind: "failed"; readonly failure: ApiFailure };

/** Saves the device's last minute of driving as a file. */
export function BlackBox({ device }: { device: string }) {
  const w = words.value;
  const phase = useSignal<Phase>({ kind: "idle" });
  const save = async (): Promise<void> => {
    if (phase.value.kind === "asking") {
      return;
    }
    phase.value = { kind: "asking" };
    const file = await fetchBlackBox(window.fetch.bind(window), device);
    if (file.ok) {
      keepFile(file.name, file.content);
    }
    phase.value = file.ok ? { kind: "saved" } : { kind: "failed", failure: file.failure };
  };
  const { kind } = phase.value;
  return (
    <>
      <h3>{w.boxTitle}</h3>
      <p class="note">{w.boxHint}</p>
      <button type="button" id="save-black-box" class="button" aria-busy={kind === "asking"} onClick={() => void save()}>
        {w.boxSave}
      </button>
      <p class="note" id="black-box-said" role="status" data-phase={kind}>
        {say(phase.value)}
      </p>
    </>
  );
}

function say(phase: Phase): string {
  const w = words.value;
  switch (phase.kind) {
    case "idle":
      return "";
    case "asking":
      return w.boxAsking;
    case "saved":
      return w.boxSaved;
    case "failed":
      return phase.failure.kind === "refused" && phase.failure.code === "HC_GATEWAY_BLACK_BOX"
        ? w.boxSilent
        : sayFailure(text.value, phase.failure, navigator.onLine);
  }
}

function keepFile(name: string, content: Blob): void {
  const href = URL.createObjectURL(content);
  const link = document.createElement("a");
  link.href = href;
  link.download = name;
  link.click();
  // The browser has taken hold of it by then: the click starts the download in the same task.
  setTimeout(() => URL.revokeObjectURL(href), 0);
}
