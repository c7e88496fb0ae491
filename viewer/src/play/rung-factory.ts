import type { RungName } from "./ladder-types.ts";
import { createLlHlsPlayer } from "./ll-hls-player.ts";
import { createNativeHlsPlayer } from "./native-hls-player.ts";
import type { Rung } from "./rung.ts";
import type { HlsWay } from "./supported-rungs.ts";
import { createWhepPlayer } from "./whep-player.ts";

/** What the rungs of one stage share. */
export type StageSource = {
  readonly videos: { readonly [Name in RungName]: HTMLVideoElement };
  readonly whepUrl: string;
  readonly hlsUrl: string;
  readonly token: () => string;
  readonly isShown: (name: RungName) => boolean;
};

/** Introduces the players to the stage: makes a new rung for each attempt. */
export function makeRungFactory(hlsWay: HlsWay, stage: StageSource): (name: RungName) => Rung {
  const ice = { current: [] };
  return (name) => {
    const source = { ...stage, video: stage.videos[name] };
    if (name === "whep") {
      return createWhepPlayer(source, ice);
    }
    return hlsWay === "native"
      ? createNativeHlsPlayer(source)
      : createLlHlsPlayer(source, { isShown: () => stage.isShown("hls"), nowMs: () => performance.now() });
  };
}
