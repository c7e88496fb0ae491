import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { StageModel } from "../stage/stage-model.ts";

/** The controls of a device that has some, fetched when it is first heard of: most visits never need their bytes. */
export function DriveLoader({ stage }: { stage: StageModel }) {
  // Null before it is asked for, undefined while it is on its way.
  const loaded = useSignal<typeof import("./drive/drive-panel.tsx") | null | undefined>(null);
  const model = stage.line.value?.drive.value;
  // Each drawing of the stage tries again: a stop button must not stay away.
  useEffect(() => {
    if (model && loaded.value === null) {
      loaded.value = undefined;
      import("./drive/drive-panel.tsx").then(
        (module) => {
          loaded.value = module;
        },
        () => {
          loaded.value = null;
        },
      );
    }
  }, [model, stage.view.value]);
  return model && loaded.value && <loaded.value.DrivePanel stage={stage} model={model} />;
}
