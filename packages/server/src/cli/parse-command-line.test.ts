import { describe, expect, it } from "vitest";
import { CommandError, type Command } from "./command.ts";
import { parseCommandLine } from "./parse-command-line.ts";

const run = async () => 0 as const;
const COMMANDS: Command[] = [
  {
    name: "start",
    summary: "",
    options: [
      { name: "port", value: "PORT", help: "" },
      { name: "demo", help: "" },
    ],
    run,
  },
  { name: "token create", summary: "", options: [{ name: "scope", value: "SCOPE", help: "" }], run },
  { name: "token revoke", usage: "ID", summary: "", options: [], run },
];

describe("parseCommandLine()", () => {
  it("finds commands of one and two words with their options", () => {
    expect(parseCommandLine(["start", "--port", "1", "--json"], COMMANDS)).toMatchObject({
      command: { name: "start" },
      values: { port: "1", json: true },
    });
    expect(parseCommandLine(["token", "create", "--scope=read"], COMMANDS)).toMatchObject({
      command: { name: "token create" },
      values: { scope: "read" },
    });
    expect(parseCommandLine(["token", "revoke", "7"], COMMANDS)).toMatchObject({ positionals: ["7"] });
  });

  it("proposes the nearest word for an unknown command or option", () => {
    expect(() => parseCommandLine(["strat"], COMMANDS)).toThrow('Did you mean "start"?');
    expect(() => parseCommandLine(["start", "--prot", "1"], COMMANDS)).toThrow("Did you mean --port?");
  });

  it.each(["--no-dmo", "--nodemo"])("proposes a switch the way it was meant: %s", (option) => {
    expect(() => parseCommandLine(["start", option], COMMANDS)).toThrow(
      `has no option ${option}. Did you mean --no-demo?`,
    );
  });

  it("names an argument that is too much", () => {
    expect(() => parseCommandLine(["start", "now"], COMMANDS)).toThrow(CommandError);
  });

  it("gives the switches alone when there is no command", () => {
    expect(parseCommandLine(["--help"], COMMANDS)).toMatchObject({ command: undefined, values: { help: true } });
  });
});
