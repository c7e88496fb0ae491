import { describe, expect, it } from "vitest";
import { commands } from "./commands.ts";
import { parseCommand } from "./parse-command.ts";

/** Splits a line as a shell does, with single quotes. */
function parse(line: string) {
  const words = line.match(/'[^']*'|[^\s']+(?:'[^']*')?/g) ?? [];
  return parseCommand(words.map((word) => word.replaceAll("'", "")));
}

describe("a call", () => {
  it.each([
    ["user add anna", "user add", ["anna"], {}],
    ["user add anna --grant picarx=drive --grant *=view", "user add", ["anna"], { "--grant": ["picarx=drive", "*=view"] }],
    ["--json user add --grant=picarx=drive anna", "user add", ["anna"], { "--json": [""], "--grant": ["picarx=drive"] }],
    ["user passwd anna --password-stdin", "user passwd", ["anna"], { "--password-stdin": [""] }],
    ["user grant anna '*' admin", "user grant", ["anna", "*", "admin"], {}],
    ["device add picarx --relay https://relay.example/", "device add", ["picarx"], { "--relay": ["https://relay.example"] }],
    ["device add picarx --relay http://[fe80::1]:8080", "device add", ["picarx"], { "--relay": ["http://[fe80::1]:8080"] }],
    ["backup ../x.sqlite --data /tmp/d", "backup", ["../x.sqlite"], { "--data": ["/tmp/d"] }],
    ["keys rotate --config c.yaml", "keys rotate", [], { "--config": ["c.yaml"] }],
    ["--data /tmp/d user list", "user list", [], { "--data": ["/tmp/d"] }],
    ["--config c.yaml --data=/tmp/d backup x", "backup", ["x"], { "--config": ["c.yaml"], "--data": ["/tmp/d"] }],
    ["--grant picarx=view user --json add anna", "user add", ["anna"], { "--grant": ["picarx=view"], "--json": [""] }],
  ])("%s", (line, command, args, options) => {
    expect(parse(line)).toEqual({ kind: "call", call: { command, args, options: new Map(Object.entries(options)) } });
  });

  it("is every example of the help", () => {
    for (const { name, examples } of commands) {
      for (const { line } of examples) {
        expect(parse(line.replace(/ < .*/, "")), line).toMatchObject({ kind: "call", call: { command: name } });
      }
    }
  });
});

describe("a wrong line", () => {
  it.each([
    ["user", ["Say what to do: user add, user list, user passwd, user grant, user revoke, user remove. --help tells more."]],
    ["usr list", ['"usr list" is not a command; did you mean user list?']],
    ["launch missiles", ['"launch missiles" is not a command; --help lists all.']],
    ["user add", ['NAME is missing; write "npm run helmcast -- user add NAME".']],
    ["user grant anna", ['DEVICE and ROLE are missing; write "npm run helmcast -- user grant NAME DEVICE ROLE".']],
    ["user grant anna picarx owner", ['ROLE is "owner"; use view, drive, admin.']],
    ["user add Anna", ['NAME is "Anna"; use 1 to 32 of a-z, 0-9, . _ and -, first a letter or a digit.']],
    [
      "user grant anna README.md relay view",
      ['"view" is one word too many; write "npm run helmcast -- user grant NAME DEVICE ROLE". A * needs quotes: \'*\'.'],
    ],
    ["user list now", ['"now" is one word too many; write "npm run helmcast -- user list".']],
    ["user add anna --grant", ['--grant has no value; write "--grant DEVICE=ROLE".']],
    [
      "user add anna --grant picarx",
      ['--grant is "picarx"; use DEVICE=ROLE with a role out of view, drive, admin, for example picarx=drive.'],
    ],
    [
      "user add anna --grnat picarx=view",
      [
        "--grnat is not a flag of this command; did you mean --grant?",
        '"picarx=view" is one word too many; write "npm run helmcast -- user add NAME".',
      ],
    ],
    ["user list --json=yes", ["--json takes no value."]],
    ["user list --data a --data b", ["--data is given more than once; leave one."]],
    ["user passwd anna --password-stdin --make-password", ["--password-stdin and --make-password exclude each other; leave one."]],
    [
      "device add picarx --relay relay.example",
      ['--relay is "relay.example"; use an address that begins with http:// or https://, without a name or password in it.'],
    ],
    [
      "device add picarx --relay http://me:pw@relay.example",
      ['--relay is "http://me:pw@relay.example"; use an address that begins with http:// or https://, without a name or password in it.'],
    ],
    [
      "device add PiCar --relay ftp://x",
      [
        '--relay is "ftp://x"; use an address that begins with http:// or https://, without a name or password in it.',
        'DEVICE is "PiCar"; use 1 to 32 of a-z, 0-9 and -.',
      ],
    ],
  ])("%s", (line, faults) => {
    expect(parse(line)).toEqual({ kind: "wrong", faults });
  });

  it.each(["--password", "--PASSWORD", "--passwd", "-p"])("never repeats a password: %s", (flag) => {
    for (const line of [
      `user add anna ${flag} s3cret!!`,
      `user add anna ${flag}=s3cret!!`,
      `${flag} s3cret!! user add anna`,
      ...(flag === "-p" ? ["user add anna -ps3cret!!"] : []),
    ]) {
      const parsed = parse(line);
      expect(parsed).toEqual({ kind: "wrong", faults: [expect.stringMatching(/^A password is never given on the command line/)] });
      expect(JSON.stringify(parsed)).not.toContain("s3cret");
    }
  });

  it("stays short whatever was typed", () => {
    const parsed = parseCommand(["x".repeat(100_000), "y".repeat(100_000)]);
    expect(JSON.stringify(parsed).length).toBeLessThan(300);
  });
});

describe("help", () => {
  it.each(["", "help", "--help", "-h", "nonsense --help"])("of the whole names every command with an example: %j", (line) => {
    const parsed = parse(line);
    for (const { name, summary, examples } of commands) {
      expect(parsed).toMatchObject({ kind: "help", text: expect.stringContaining(summary) });
      expect(parsed).toMatchObject({ text: expect.stringContaining(`npm run helmcast -- ${examples[0].line}`) });
      expect(parsed).toMatchObject({ text: expect.stringContaining(name) });
    }
  });

  it.each(commands)("of $name shows examples and every flag", ({ name, examples, options, args }) => {
    const parsed = parse(`${name} --help`);
    const told = [...examples.map(({ line }) => line), ...options.map(({ flag }) => flag), ...args.map((arg) => arg.name)];
    for (const text of [...told, "--json", "--data DIR", "--config FILE"]) {
      expect(parsed).toMatchObject({ kind: "help", text: expect.stringContaining(text) });
    }
  });

  it("of a first word shows all its commands", () => {
    const parsed = parse("device --help");
    for (const { examples } of commands.filter(({ name }) => name.startsWith("device "))) {
      expect(parsed).toMatchObject({ kind: "help", text: expect.stringContaining(examples[0].line) });
    }
  });
});
