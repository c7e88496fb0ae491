import type { AudioTrack, OpusPacket } from "../../stream/types.ts";
import { buildFragment, type Sample } from "../fmp4/fragment.ts";
import { audioTimescale, videoTimescale } from "../fmp4/init-segment.ts";
import { type AudioAction, type AudioEvent, type AudioState, cutAudio, isFarOff, startAudio } from "../timing/audio-cutter-machine.ts";
import { readOpusDuration, silentPacket, silentPacketTicks } from "../timing/opus-duration.ts";
import type { Rendition } from "./rendition.ts";
import { startOffsetS } from "./video-line.ts";

/** Turns Opus packets into parts and segments of a rendition that keeps step with the video's segments. */
export class AudioLine {
  readonly #rendition: Rendition;
  readonly #track: AudioTrack;
  #state: AudioState | null = null;
  #partTargetTicks = 0;
  #shiftTicks = 0;
  #samples: Sample[] = [];
  readonly #segmentWallMs: number[] = [];

  /** @param rendition where the parts go @param track channels of the stream */
  constructor(rendition: Rendition, track: AudioTrack) {
    this.#rendition = rendition;
    this.#track = track;
  }

  /** The video began a segment. @param startTicks decoding time on the 90 kHz clock */
  startSegment(startTicks: number, startWallMs: number): void {
    const atTicks = Math.round((startTicks * audioTimescale) / videoTimescale);
    if (this.#state === null) {
      this.#state = startAudio(atTicks, this.#partTargetTicks);
      this.#rendition.openSegment(startWallMs);
      return;
    }
    this.#segmentWallMs.push(startWallMs);
    this.#step({ kind: "boundary", atTicks }, null);
  }

  /** Follows the video's part target, ticks of 90 kHz. */
  setPartTarget(ticks: number): void {
    this.#partTargetTicks = Math.floor((ticks * audioTimescale) / videoTimescale);
    if (this.#state !== null) {
      this.#step({ kind: "part-target", ticks: this.#partTargetTicks }, null);
    }
  }

  /** Takes the next packet. What comes before the video starts, and what is no Opus packet, is left out. */
  push(packet: OpusPacket): void {
    const durationTicks = readOpusDuration(packet.payload);
    if (this.#state === null || durationTicks === null) {
      return;
    }
    const placeTicks = packet.pts48k + startOffsetS * audioTimescale;
    if (isFarOff(this.#state, placeTicks + this.#shiftTicks)) {
      this.#shiftTicks = this.#state.endTicks - placeTicks;
    }
    this.#step({ kind: "packet", startTicks: placeTicks + this.#shiftTicks, durationTicks }, packet.payload);
  }

  #step(event: AudioEvent, payload: Buffer | null): void {
    if (this.#state === null) {
      return;
    }
    const step = cutAudio(this.#state, event);
    this.#state = step.state;
    for (const action of step.actions) {
      this.#act(action, event, payload);
    }
  }

  #act(action: AudioAction, event: AudioEvent, payload: Buffer | null): void {
    switch (action.kind) {
      case "take-packet":
        this.#take(payload, event.kind === "packet" ? event.durationTicks : silentPacketTicks);
        return;
      case "take-silence":
        this.#take(silentPacket(this.#track.channels), silentPacketTicks);
        return;
      case "close-part": {
        const content = {
          sequence: this.#rendition.nextPart,
          decodeTimeTicks: action.startTicks,
          lengthPrefixed: false,
          samples: this.#samples,
        };
        this.#rendition.addPart({ data: buildFragment(content), durationS: action.durationTicks / audioTimescale, independent: true });
        this.#samples = [];
        return;
      }
      case "end-segment":
        this.#rendition.endSegment(action.durationTicks / audioTimescale);
        this.#rendition.openSegment(this.#segmentWallMs.shift() ?? 0);
        return;
    }
  }

  #take(payload: Buffer | null, durationTicks: number): void {
    if (payload !== null) {
      this.#samples.push({ durationTicks, compositionOffsetTicks: 0, sync: true, chunks: [payload] });
    }
  }
}
