import { type CameraInfo, stampGeometry } from "@helmcast/config";
import type { Poster } from "../cameras/poster-board.ts";
import { judgePoster } from "../cameras/poster-rules.ts";
import { text } from "../i18n/language.ts";
import { sayPosterAge } from "../stage/words.ts";
import { Icon } from "./icons.tsx";

/** A camera's still picture with its age in words, or a sign in its place. It never looks live: the words say that it stands. */
export function PosterView({ camera, poster, nowMs }: { camera: CameraInfo; poster: Poster | undefined; nowMs: number }) {
  const ageMs = poster === undefined ? 0 : Math.max(0, nowMs - poster.askedAtMs);
  const state = poster === undefined || !camera.online ? "gone" : judgePoster(ageMs);
  if (poster === undefined || state === "gone") {
    return (
      <span class="poster" data-poster="none">
        <Icon name="camera" />
      </span>
    );
  }
  return (
    <span class="poster" data-poster={state}>
      <img src={poster.url} alt="" onLoad={(event) => camera.stamped && cropStrip(event.currentTarget)} />
      <span class="poster-age">{sayPosterAge(text.value, ageMs)}</span>
    </span>
  );
}

/** Pushes a stamp strip out of the poster, as the stage does. One pixel more, because the still was scaled. */
function cropStrip(image: HTMLImageElement): void {
  const { naturalWidth, naturalHeight } = image;
  if (naturalHeight > 0) {
    const strip = stampGeometry(naturalWidth, naturalHeight).height + 1;
    image.style.setProperty("--overscan", String(naturalHeight / (naturalHeight - strip)));
  }
}
