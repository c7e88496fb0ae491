import { type Enrolment, writeEnrolmentLink } from "@helmcast/config";
import { renderUnicodeCompact } from "uqr";
import type { Outcome } from "./run-call.ts";

/** A fresh code, and the relay's address as the device reaches it. */
export type EnrolmentNews = Enrolment & { readonly relayUrl: string };

/** Empty modules around the code. The standard asks for four (ISO/IEC 18004, section 9.1); two are enough for phones and save a third of the lines. */
const quietModules = 2;

/** White on black whatever the terminal's own colours are: a code with its colours exchanged is not read by every program. */
const whiteOnBlack = "\u001b[97;40m";
const ownColours = "\u001b[0m";

/** What a person who enrols a device needs: code, command, QR code and how long they are good. */
export function describeEnrolment(news: EnrolmentNews, colours: boolean): Outcome {
  const { device, code, expiresAt, relayUrl } = news;
  const link = writeEnrolmentLink(relayUrl, code);
  const command = `npm run edge -- enrol --relay ${relayUrl} --code ${code}`;
  const squares = renderUnicodeCompact(link, { border: quietModules }).split("\n");
  const lines = [
    `Device ${device} enrols with this code, once, until ${expiresAt.slice(11, 19)} UTC (ten minutes):`,
    "",
    `  ${code}`,
    "",
    "Type on the device, in Helmcast's folder:",
    "",
    `  ${command}`,
    "",
    "Or show its camera this:",
    "",
    ...squares.map((line) => `  ${colours ? whiteOnBlack : ""}${line}${colours ? ownColours : ""}`),
    "",
    `The device must reach the relay at ${relayUrl}; where that is another address, use --relay URL.`,
  ];
  return { lines, json: { device, code, expiresAt, relayUrl, command, link } };
}
