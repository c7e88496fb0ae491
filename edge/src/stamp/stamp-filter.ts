import { parityGroup, stampGeometry, stampGuards, stampLayout, stampModuloMs } from "@helmcast/config";

/**
 * ffmpeg filter chain that draws the stamp strip into every frame (measured on ffmpeg 5.1: 30 boxes, no fonts needed).
 *
 * `setpts=RTCTIME` gives the wall clock of the moment the frame meets the filter; without `settb=AVTB` it would be rounded to the
 * source's time base. The remainder is taken before `bitand`, which works on a C `long`, 32 bits on a 32-bit Raspberry Pi. The last
 * step makes the stream's own time start at 0 again. The output must be `-fps_mode cfr`, or the jitter of the clock becomes the stream's.
 */
export function buildStampFilter(width: number, height: number): string {
  const strip = stampGeometry(width, height);
  const time = `mod(floor(t*1000),${stampModuloMs})`;
  const bit = (index: number) => `gt(bitand(${time},${2 ** index}),0)`;
  const cell = (index: number, enable: string | null) => {
    const box = `drawbox=x=${strip.x + index * strip.cellWidth}:y=${strip.y}:w=${strip.cellWidth}:h=${strip.height}:color=white:t=fill`;
    return enable === null ? box : `${box}:enable='${enable}'`;
  };
  const timeCells = Array.from({ length: stampLayout.timeBits }, (_, index) => cell(stampLayout.firstTimeCell + index, bit(index)));
  const parityCells = Array.from({ length: stampLayout.parityBits }, (_, index) =>
    cell(stampLayout.firstParityCell + index, `mod(${parityGroup(index).map(bit).join("+")},2)`),
  );
  return [
    "settb=AVTB",
    "setpts=RTCTIME",
    "format=yuv420p",
    `drawbox=x=0:y=${strip.y}:w=${width}:h=${strip.height}:color=black:t=fill`,
    ...stampGuards.filter(([, white]) => white === 1).map(([index]) => cell(index, null)),
    ...timeCells,
    ...parityCells,
    "setpts=PTS-STARTPTS",
  ].join(",");
}
