/** The camera of every run: 720p30 at 1.5 Mbit/s with the stamp strip, as the edge agent's settings file names it. */
export const benchCamera = {
  id: "front",
  name: "Front camera",
  source: { type: "test", width: 1280, height: 720, fps: 30 },
  bitrateKbps: 1500,
  gopMs: 500,
  stamp: true,
} as const;

/** Device and path of the camera at Helmcast. */
export const benchDevice = "picarx";

type PublishArgs = { readonly planPublish: (camera: typeof benchCamera, encoder: "libx264", outputUrl: string) => unknown };
type AssembleArgs = { readonly assembleArguments: (plan: unknown) => string[] };

/**
 * The edge agent's own ffmpeg arguments, sent elsewhere. The agent is another application, so its two builders are loaded when the
 * bench runs instead of being compiled in.
 */
export async function buildSourceArgs(outputUrl: string): Promise<string[]> {
  const edge = new URL("../../../edge/src/", import.meta.url);
  const { planPublish }: PublishArgs = await import(new URL("publish/ffmpeg-args.ts", edge).href);
  const { assembleArguments }: AssembleArgs = await import(new URL("ffmpeg/assemble.ts", edge).href);
  return assembleArguments(planPublish(benchCamera, "libx264", outputUrl));
}
