import { edgeSettingsSchema } from "@helmcast/config/load";
import { describe, expect, it } from "vitest";
import { planPublish } from "./ffmpeg-args.ts";

function plan(camera: object, encoder: "libx264" | "h264_v4l2m2m" = "libx264") {
  const settings = edgeSettingsSchema.parse({ relay: { url: "http://x", secretFile: "/x" }, cameras: [{ id: "front", ...camera }] });
  return settings.cameras.map((each) => planPublish(each, encoder, "rtsp://127.0.0.1:5000/nonce"))[0];
}

describe("planPublish", () => {
  it("builds the whole low-delay command for the test picture", () => {
    const result = plan({ source: { type: "test", width: 640, height: 360, fps: 30 }, stamp: false });
    expect(result?.inputOptions).toEqual(["-re", "-f", "lavfi"]);
    expect(result?.inputUrl).toBe("testsrc2=size=640x360:rate=30");
    expect(result?.outputOptions.join(" ")).toBe(
      "-an -r 30 -fps_mode cfr -c:v libx264 -preset ultrafast -tune zerolatency -profile:v baseline -pix_fmt yuv420p -bf 0 -g 15 " +
        "-keyint_min 15 -sc_threshold 0 -b:v 1500k -maxrate 1500k -bufsize 750k -bsf:v dump_extra=freq=keyframe -muxdelay 0 -muxpreload 0 " +
        "-flush_packets 1 -f rtsp -rtsp_transport tcp -pkt_size 1200",
    );
    expect(result?.outputUrl).toBe("rtsp://127.0.0.1:5000/nonce");
  });

  it("reads a program's raw frames without holding them back", () => {
    const source = { type: "exec", command: ["cam"], pixelFormat: "nv12", width: 640, height: 480, fps: 15 };
    const result = plan({ source, gopMs: 1000 });
    expect(result?.inputUrl).toBe("pipe:0");
    expect(result?.inputOptions.join(" ")).toContain("-f rawvideo -pixel_format nv12 -video_size 640x480 -framerate 15");
    expect(result?.inputOptions).not.toContain("-re");
    expect(result?.outputOptions.join(" ")).toContain("-g 15 ");
    expect(result?.outputOptions.join(" ")).toContain("setpts=RTCTIME");
  });

  it("forces IDR pictures by time where the driver ignores the GOP", () => {
    const result = plan({ source: { type: "test" }, stamp: false }, "h264_v4l2m2m");
    expect(result?.outputOptions.join(" ")).toContain("-c:v h264_v4l2m2m -pix_fmt yuv420p -bf 0 -b:v 1500k -g 15 -force_key_frames");
    expect(result?.outputOptions.join(" ")).toContain("dump_extra=freq=keyframe");
  });
});
