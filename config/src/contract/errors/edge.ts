import { defineErrors } from "./types.ts";

/** Errors of the edge agent. */
export const edgeErrors = defineErrors({
  HC_EDGE_SECRET_MISSING: {
    sentence: "The file with this device's secret cannot be read. Enrol the device again, or correct relay.secretFile.",
    status: 500,
    retryable: false,
  },
  HC_EDGE_SECRET_OPEN: {
    sentence: "The file with this device's secret can be read by others, so it is not used.",
    status: 500,
    retryable: false,
  },
  HC_EDGE_SECRET_INVALID: {
    sentence: "The file with this device's secret must hold one line of 1 to 512 printable characters.",
    status: 500,
    retryable: false,
  },
  HC_EDGE_DEVICE_REFUSED: {
    sentence: "The relay does not accept this device. Enrol it again, or correct the device's name and secret.",
    status: 401,
    retryable: true,
  },
  HC_EDGE_RELAY_UNREACHABLE: {
    sentence: "The relay cannot be reached. The agent keeps trying; check relay.url and the network if it stays so.",
    status: 502,
    retryable: true,
  },
  HC_EDGE_RELAY_ANSWER: {
    sentence: "The relay answered in a way this agent does not understand. Check that relay.url is a Helmcast gateway of the same version.",
    status: 502,
    retryable: true,
  },
  HC_EDGE_STOPPED: { sentence: "The agent was stopped before this was done.", status: 503, retryable: true },
  HC_EDGE_FFMPEG_ARGUMENTS: {
    sentence: "The command line for ffmpeg could not be built, because fluent-ffmpeg is not the version that was tested.",
    status: 500,
    retryable: false,
  },
});
