import type { Command } from "./command-types.ts";
import { flags, words } from "./words.ts";

const passwordDetails = [
  "The password is asked for on the terminal, twice and without showing it; an empty answer makes one. Without a terminal one is made, unless --password-stdin is given. It never stands in the command line, where the process list and the shell's history would keep it.",
];

const roleDetails = [
  "view: watch, and stop the vehicle. drive: view, and drive, talk and fetch the black box. admin: drive, and take the wheel from others, make share links and end others' watching.",
  "admin on every device ('*', in quotes) is who runs this relay: people, devices and the audit log.",
];

function define<const Name extends string>(command: Command<Name>): Command<Name> {
  return command;
}

/** Every command, in the order of the help. */
export const commands = [
  define({
    name: "user add",
    summary: "Adds an account.",
    details: [...passwordDetails, ...roleDetails],
    args: [words.name],
    options: [flags.grant, flags.passwordStdin, flags.makePassword],
    examples: [
      { line: "user add anna --grant picarx=drive", says: "an account that may drive one device" },
      { line: "user add ben --grant '*=admin' --make-password", says: "somebody else who may run this relay, with a made password" },
      { line: "user add kiosk --grant picarx=view --password-stdin < password.txt", says: "the password from a file" },
    ],
  }),
  define({
    name: "user list",
    summary: "Lists accounts, their grants, and in how many places each is signed in.",
    details: [],
    args: [],
    options: [],
    examples: [
      { line: "user list", says: "a table" },
      { line: "user list --json", says: "the same for a program" },
    ],
  }),
  define({
    name: "user passwd",
    summary: "Gives an account another password and ends its sign-ins.",
    details: passwordDetails,
    args: [words.name],
    options: [flags.passwordStdin, flags.makePassword],
    examples: [
      { line: "user passwd anna", says: "asks for the new password" },
      { line: "user passwd admin --make-password", says: "makes one and shows it once" },
    ],
  }),
  define({
    name: "user grant",
    summary: "Gives an account a role on a device, or changes it.",
    details: roleDetails,
    args: [words.name, words.grantDevice, words.role],
    options: [],
    examples: [
      { line: "user grant anna picarx drive", says: "anna may drive picarx" },
      { line: "user grant anna '*' view", says: "anna may watch every device, also those enrolled later" },
    ],
  }),
  define({
    name: "user revoke",
    summary: "Takes a grant away. What it allowed ends at once.",
    details: [],
    args: [words.name, words.grantDevice],
    options: [],
    examples: [{ line: "user revoke anna picarx", says: "anna's picture of picarx goes dark within a second" }],
  }),
  define({
    name: "user remove",
    summary: "Removes an account. Everything that runs in its name ends at once.",
    details: ["The last account that is admin on every device stays, so that somebody can run this relay."],
    args: [words.name],
    options: [],
    examples: [{ line: "user remove anna", says: "anna is signed out everywhere and gone" }],
  }),
  define({
    name: "device add",
    summary: "Makes a one-time code with which a device enrols, good for ten minutes.",
    details: [
      "For a device that is enrolled already, the code enrols it anew when it is used, and its old secret ends. Whoever holds the code can enrol as the device: show it to nobody else.",
    ],
    args: [words.device],
    options: [flags.relay],
    examples: [
      { line: "device add picarx", says: "shows the code, the command to type on the device, and a QR code" },
      { line: "device add picarx --relay https://relay.example", says: "for a device that comes over the internet" },
    ],
  }),
  define({
    name: "device list",
    summary: "Lists enrolled devices.",
    details: [],
    args: [],
    options: [],
    examples: [
      { line: "device list", says: "a table" },
      { line: "device list --json", says: "the same for a program" },
    ],
  }),
  define({
    name: "device revoke",
    summary: "Removes a device. Its stream and its messages end at once.",
    details: ["Grants on it and share links to its cameras go with it, so that they do not come back for another device of this name."],
    args: [words.device],
    options: [],
    examples: [{ line: "device revoke picarx", says: "picarx is cut off; to bring it back, enrol it again" }],
  }),
  define({
    name: "keys rotate",
    summary: "Makes a new key that signs access tokens. Nobody is signed out.",
    details: ["Tokens signed with the key before stay good until they expire."],
    args: [],
    options: [],
    examples: [{ line: "keys rotate", says: "once a year, or when the data folder may have been read by others" }],
  }),
  define({
    name: "backup",
    summary: "Writes accounts, devices, grants, share links, keys and the audit log into one file, also while the relay runs.",
    details: [
      "The file holds the keys that sign tokens; it is readable by its owner only. An existing file is not overwritten. Sign-ins and settings files are not in it.",
      "To go back to it: stop the relay, delete state.sqlite-wal and state.sqlite-shm in the data folder, and copy the file over state.sqlite there, as the user that runs the relay. Then everybody signs in again, and passwords are those of then. People, grants, devices and share links that were taken away since are back: take them away once more.",
    ],
    args: [words.file],
    options: [],
    examples: [{ line: "backup helmcast-monday.sqlite", says: "a copy in the working folder" }],
  }),
] as const;

/** The words that call a command. */
export type CommandName = (typeof commands)[number]["name"];
