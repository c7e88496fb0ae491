import { describe, expect, it } from "vitest";
import { forgetSecrets, withoutSecrets } from "./child-environment.ts";

describe("withoutSecrets", () => {
  it("keeps what children need, and the name of a secret's file", () => {
    const env = { PATH: "/bin", HOME: "/root", LIBVA_DRIVER_NAME: "iHD", HELMCAST_EDGE_SECRET_FILE: "/data/device.secret" };
    expect(withoutSecrets(env)).toEqual(env);
  });

  it.each(["HELMCAST_ADMIN_PASSWORD", "helmcast_admin_password", "MQTT_PASSWORD", "API_TOKEN", "DEVICE_SECRET", "PASSWORD"])(
    "drops %s",
    (name) => {
      expect(withoutSecrets({ PATH: "/bin", [name]: "x" })).toEqual({ PATH: "/bin" });
    },
  );

  it("drops what is not set", () => {
    expect(withoutSecrets({ PATH: undefined })).toEqual({});
  });
});

describe("forgetSecrets", () => {
  it("takes secrets out of the very object", () => {
    const env: Record<string, string | undefined> = { PATH: "/bin", HELMCAST_ADMIN_PASSWORD: "x", HELMCAST_PORT: "8080" };
    forgetSecrets(env);
    expect(env).toEqual({ PATH: "/bin", HELMCAST_PORT: "8080" });
  });
});
