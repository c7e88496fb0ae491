import type { RungName } from "./ladder-types.ts";

/** What lies on top of the stage: a rung's element, the kept copy of the last frame, or nothing yet. */
export type TopLayer = RungName | "kept" | "none";

/** The stage's two video elements and the canvas for the last frame. They lie on each other; `data-top` says which one is seen. */
export type StageElements = {
  readonly stage: HTMLElement;
  readonly videos: { readonly [Name in RungName]: HTMLVideoElement };
  readonly kept: HTMLCanvasElement;
};

/** Switches the layers. Elements beneath keep playing, so a switch never shows a blank. */
export type StageSurface = {
  show(rung: RungName): void;
  keepPicture(rung: RungName): void;
  clear(): void;
};

/** Makes the surface of one stage. */
export function createStageSurface(elements: StageElements): StageSurface {
  const { stage, videos, kept } = elements;
  const setTop = (top: TopLayer): void => {
    stage.dataset["top"] = top;
  };
  return {
    show: setTop,
    keepPicture: (rung) => {
      const video = videos[rung];
      const context = kept.getContext("2d", { alpha: false });
      if (context === null || video.videoWidth === 0) {
        return;
      }
      kept.width = video.videoWidth;
      kept.height = video.videoHeight;
      context.drawImage(video, 0, 0);
      setTop("kept");
    },
    clear: () => setTop("none"),
  };
}
