import { useRef } from "preact/hooks";
import type { DriveModel } from "../../drive/drive-model.ts";
import { type DriveInput, restingInput } from "../../drive/inputs/drive-input.ts";
import { mirrored } from "./mirror.ts";
import { ThumbStick } from "./thumb-stick.tsx";
import { words } from "./words.ts";

/** The stick under one thumb and, where the camera moves, the pad under the other. Both together are one hand's wish. */
export function Thumbs({ model }: { model: DriveModel }) {
  const w = words.value;
  const hand = useRef<DriveInput>(restingInput);
  const hasLook = useRef(false);
  const { telemetry } = model.view.value;
  // A device that is silent for a moment keeps its camera.
  hasLook.current = telemetry === null ? hasLook.current : telemetry.drive.look !== null;
  const hear = (part: Partial<DriveInput>): void => {
    hand.current = { ...hand.current, ...part };
    model.hearStick(hand.current);
  };
  return (
    <div class="thumbs" data-mirrored={mirrored.value}>
      <ThumbStick
        id="stick"
        label={w.stick}
        onMove={({ x, y }) => hear({ steer: x, throttle: y })}
        onBreak={(cause) => model.release(cause)}
      />
      <span class="spring" />
      {hasLook.current && (
        <ThumbStick
          id="look-pad"
          label={w.look}
          onMove={({ x, y }) => hear({ pan: x, tilt: y })}
          onBreak={(cause) => model.release(cause)}
        />
      )}
    </div>
  );
}
