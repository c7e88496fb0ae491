/** Samples at 48 kHz in one frame, by the configuration number in the upper five bits of the first byte (RFC 6716, table 2). */
const silkFrames = [480, 960, 1920, 2880] as const;
const hybridFrames = [480, 960] as const;
const celtFrames = [120, 240, 480, 960] as const;

/** Longest packet: 120 ms (RFC 6716 section 3.2.5, R5). */
export const longestPacketTicks = 5760;

/** Duration of an Opus packet in 48 kHz ticks (RFC 6716 section 3.1); null for a packet that is not one. */
export function readOpusDuration(packet: Buffer): number | null {
  const toc = packet[0];
  if (toc === undefined) {
    return null;
  }
  const configuration = toc >> 3;
  const frameTicks =
    configuration < 12
      ? silkFrames[configuration % 4]
      : configuration < 16
        ? hybridFrames[configuration % 2]
        : celtFrames[configuration % 4];
  const code = toc & 3;
  const frames = code === 0 ? 1 : code === 3 ? (packet[1] ?? 0) & 0x3f : 2;
  const ticks = (frameTicks ?? 0) * frames;
  return ticks > 0 && ticks <= longestPacketTicks ? ticks : null;
}

/** Duration of {@link silentPacket}. */
export const silentPacketTicks = 960;

const silentMono = Buffer.from([0xf8, 0xff, 0xfe]);
const silentStereo = Buffer.from([0xfc, 0xff, 0xfe]);

/** A CELT packet of 20 ms that decodes to silence; it fills places where the publisher sent nothing. */
export function silentPacket(channels: 1 | 2): Buffer {
  return channels === 1 ? silentMono : silentStereo;
}
