/** What a visitor wants of a picture: `quality` from 1 to 100, `width` in px (the height follows), `fps` of MJPEG. */
export type PictureWish = { readonly fps: number; readonly width: number; readonly quality: number };

const limits = { fps: [1, 15, 10], width: [160, 1280, 640], quality: [1, 100, 70] } as const satisfies Record<
  keyof PictureWish,
  readonly [least: number, most: number, usual: number]
>;

/** Reads a query; null when something is out of its limits, not a whole number, unknown, or there twice. Widths are brought to even numbers, as 4:2:0 needs. */
export function parsePictureQuery(query: URLSearchParams): PictureWish | null {
  const names = [...query.keys()];
  if (new Set(names).size !== names.length || names.some((name) => !Object.hasOwn(limits, name))) {
    return null;
  }
  const read = (name: keyof PictureWish): number | null => {
    const [least, most, usual] = limits[name];
    const text = query.get(name);
    if (text === null) {
      return usual;
    }
    return /^\d{1,4}$/.test(text) && Number(text) >= least && Number(text) <= most ? Number(text) : null;
  };
  const fps = read("fps");
  const width = read("width");
  const quality = read("quality");
  return fps === null || width === null || quality === null ? null : { fps, width: width - (width % 2), quality };
}
