import { describe, expect, it } from "vitest";
import { readPlatform } from "./fetch-platform.ts";

const request = new Request("http://test/a");
const incoming = { headers: {}, push: () => true, socket: { remoteAddress: "192.0.2.1" } };
const outgoing = { once: () => undefined, writableFinished: false, headersSent: false, statusCode: 200 };
const nothing = { address: undefined, incoming: undefined, outgoing: undefined, completed: undefined };

describe("readPlatform()", () => {
  it.each([
    ["nothing", [], nothing],
    ["null", [null, undefined], nothing],
    ["bindings of a worker alone", [{ KEY: "value" }], nothing],
    ["route parameters", [{ params: Promise.resolve({}) }], nothing],
    ["Node, by @hono/node-server", [{ incoming, outgoing }], { address: "192.0.2.1", incoming, outgoing }],
    [
      "Node without a socket",
      [{ incoming: { ...incoming, socket: null }, outgoing }],
      { address: undefined, outgoing },
    ],
    ["Node without the response", [{ incoming }], { address: "192.0.2.1", outgoing: undefined }],
    ["something named incoming", [{ incoming: "mail" }], nothing],
    ["Deno", [{ remoteAddr: { hostname: "2001:db8::1", port: 1 } }], { address: "2001:db8::1" }],
    ["Deno over a Unix socket", [{ remoteAddr: { path: "/tmp/x" } }], nothing],
    ["Bun", [{ requestIP: () => ({ address: "192.0.2.2" }) }], { address: "192.0.2.2" }],
    ["Bun after the client has gone", [{ requestIP: () => null }], nothing],
    [
      "a server whose function fails",
      [
        {
          requestIP: () => {
            throw new Error("no");
          },
        },
      ],
      nothing,
    ],
    ["a completion that is none", [{ remoteAddr: { hostname: "::1" }, completed: true }], { completed: undefined }],
  ])("reads %s", (_name, rest, expected) => {
    expect(readPlatform(request, rest)).toMatchObject(expected);
  });

  it("lets a worker wait, whether its context comes second or first", () => {
    const waited: unknown[] = [];
    const context = { waitUntil: (work: unknown) => void waited.push(work) };
    const work = Promise.resolve();
    readPlatform(request, [{}, context]).waitUntil?.(work);
    readPlatform(request, [context]).waitUntil?.(work);
    expect(waited).toEqual([work, work]);
  });

  it("takes Deno's word for the end of an answer", () => {
    const completed = Promise.resolve();
    expect(readPlatform(request, [{ remoteAddr: { hostname: "::1" }, completed }]).completed).toBe(completed);
  });
});
