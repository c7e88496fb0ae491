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
  HC_EDGE_CODE_WRONG: {
    sentence:
      "The relay does not know this enrolment code: it is mistyped, was used already, or is older than ten minutes. Make a new one.",
    status: 401,
    retryable: false,
  },
  HC_EDGE_CODE_MISSING: {
    sentence: "No enrolment code was given. Add --code with the code from the relay, or --scan to read its QR code.",
    status: 400,
    retryable: false,
  },
  HC_EDGE_ENROL_FAILED: {
    sentence: "The relay could not be asked, so this device was not enrolled. Check the relay's address and the network, and try again.",
    status: 502,
    retryable: true,
  },
  HC_EDGE_SECRET_EXISTS: {
    sentence: "This device has a secret already. Add --replace to enrol it anew; the earlier secret then stops counting.",
    status: 409,
    retryable: false,
  },
  HC_EDGE_FILE_NOT_WRITTEN: {
    sentence: "A file could not be written. Check the folder's owner and the space on the disk.",
    status: 500,
    retryable: false,
  },
  HC_EDGE_SCAN_CAMERA: {
    sentence: "The camera gives no picture to read a QR code from. Name another with --video /dev/video0, or type the code with --code.",
    status: 500,
    retryable: true,
  },
  HC_EDGE_SCAN_NOTHING: {
    sentence: "No enrolment code was seen. Hold the QR code steady, bright and large before the camera, or type the code with --code.",
    status: 504,
    retryable: true,
  },
  HC_EDGE_STOPPED: { sentence: "The agent was stopped before this was done.", status: 503, retryable: true },
  HC_EDGE_FFMPEG_ARGUMENTS: {
    sentence: "The command line for ffmpeg could not be built, because fluent-ffmpeg is not the version that was tested.",
    status: 500,
    retryable: false,
  },
  HC_EDGE_PYTHON_MISSING: {
    sentence: "Python was not found, so this drive cannot be moved. Install python3, or name it in drive.python.",
    status: 500,
    retryable: true,
  },
  HC_EDGE_PICARX_MISSING: {
    sentence:
      "SunFounder's Python library picarx is not installed. Install robot-hat and picar-x as SunFounder's manual says, or name the Python that has them in drive.python.",
    status: 500,
    retryable: true,
  },
  HC_EDGE_SMBUS2_MISSING: {
    sentence: "The Python library smbus2 is not installed. Install the package python3-smbus2 with apt, or smbus2 with pip.",
    status: 500,
    retryable: true,
  },
  HC_EDGE_GPIOZERO_MISSING: {
    sentence: "The Python library gpiozero is not installed. Install the packages python3-gpiozero and python3-lgpio with apt.",
    status: 500,
    retryable: true,
  },
  HC_EDGE_SERIALPORT_MISSING: {
    sentence: "The package serialport does not load on this machine. Run npm install again on the device itself.",
    status: 500,
    retryable: true,
  },
  HC_EDGE_DRIVE_OPEN: {
    sentence: "The drive could not be opened. Check its cable and its name in the settings; the agent keeps trying.",
    status: 500,
    retryable: true,
  },
  HC_EDGE_DRIVE_IN_USE: {
    sentence: "Another process holds this drive. Two must never steer one vehicle, so this one waits; end the other.",
    status: 409,
    retryable: true,
  },
  HC_EDGE_DRIVE_LOST: {
    sentence: "The drive was lost while it was in use. The vehicle is told to stand; the agent takes the drive again by itself.",
    status: 500,
    retryable: true,
  },
  HC_EDGE_BLACK_BOX_FILE: {
    sentence: "This file can't be read as a black box of this version. Give a file that a relay sent.",
    status: 400,
    retryable: false,
  },
});
