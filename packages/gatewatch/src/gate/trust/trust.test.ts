import { BlockList, isIP, isIPv6 } from "node:net";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { HeaderReader } from "../exchange.ts";
import { tryParseAddress, unmapAddress } from "./parse-address.ts";
import { parseForwarded } from "./parse-forwarded.ts";
import { parseTrustList, TrustListError } from "./parse-trust-list.ts";
import { tryReadRequestId } from "./read-request-id.ts";
import { resolveClientAddress, tryReadHop } from "./resolve-client-address.ts";

function headers(values: Record<string, string>): HeaderReader {
  return { get: (name) => values[name], getAll: () => [], entries: () => Object.entries(values) };
}

describe("tryParseAddress()", () => {
  it.each([
    ["0.0.0.0", [0, 0, 0xffff, 0]],
    ["192.0.2.1", [0, 0, 0xffff, 0xc0000201]],
    ["255.255.255.255", [0, 0, 0xffff, 0xffffffff]],
    ["::", [0, 0, 0, 0]],
    ["::1", [0, 0, 0, 1]],
    ["2001:db8::8:800:200c:417a", [0x20010db8, 0, 0x00080800, 0x200c417a]],
    ["::ffff:192.0.2.1", [0, 0, 0xffff, 0xc0000201]],
    ["::FFFF:C000:201", [0, 0, 0xffff, 0xc0000201]],
    ["fe80::1%eth0", [0xfe800000, 0, 0, 1]],
    ["1:2:3:4:5:6:7::", [0x10002, 0x30004, 0x50006, 0x70000]],
  ])("reads %s", (text, bits) => {
    expect(tryParseAddress(text)).toEqual(bits);
  });

  it.each([
    "",
    "1.2.3",
    "1.2.3.4.5",
    "01.2.3.4",
    "256.1.1.1",
    "1.2.3.4%eth0",
    "1::2::3",
    ":::",
    "1:2:3:4:5:6:7",
    "g::1",
    "12345::",
    "::1.2.3.4:5",
    "1.2.3.4::",
    "1:2:3:4:5:6:7:8::",
    "localhost",
    " 1.2.3.4",
    "1.2.3.4 ",
    "-1.2.3.4",
    "0x7f.1.1.1",
    "::ffff:1.2.3",
  ])("refuses %j", (text) => {
    expect(tryParseAddress(text)).toBeUndefined();
  });

  it("agrees with Node on what is an address", () => {
    const pieces = fc.constantFrom("0", "1", "ff", "ffff", "10000", ":", "::", ".", "255", "256", "1.2.3.4", "%e", "g");
    fc.assert(
      fc.property(
        fc.oneof(
          fc.ipV4(),
          fc.ipV6(),
          fc.array(pieces, { maxLength: 12 }).map((parts) => parts.join("")),
        ),
        (text) => {
          // Node keeps the zone id in the text and refuses an empty one, which is of no interest here.
          fc.pre(!text.includes("%"));
          expect(tryParseAddress(text) !== undefined).toBe(isIP(text) !== 0);
        },
      ),
      { numRuns: 20_000 },
    );
  });
});

describe("unmapAddress()", () => {
  it.each([
    ["::ffff:192.0.2.1", "192.0.2.1"],
    ["::ffff:c000:201", "192.0.2.1"],
    ["0:0:0:0:0:ffff:c000:0201", "192.0.2.1"],
    ["192.0.2.1", "192.0.2.1"],
    ["2001:db8::1", "2001:db8::1"],
    ["fe80::1%eth0", "fe80::1"],
    ["64:ff9b::192.0.2.1", "64:ff9b::192.0.2.1"],
  ])("turns %s into %s", (text, expected) => {
    expect(unmapAddress(text)).toBe(expected);
  });
});

describe("parseTrustList()", () => {
  it.each([
    ["loopback", ["127.0.0.1", "127.255.0.1", "::1", "::ffff:127.0.0.1"], ["128.0.0.1", "::2", "10.0.0.1"]],
    ["linklocal", ["169.254.9.9", "fe80::1%eth0"], ["169.253.0.1", "fec0::1"]],
    ["Private", ["10.1.2.3", "172.31.0.1", "192.168.255.255", "fd00::1"], ["172.32.0.1", "11.0.0.1", "127.0.0.1"]],
    ["203.0.113.7", ["203.0.113.7", "::ffff:203.0.113.7"], ["203.0.113.8"]],
    ["10.0.0.0/9", ["10.127.255.255"], ["10.128.0.0"]],
    ["0.0.0.0/0", ["1.2.3.4", "255.255.255.255"], ["::1", "2001:db8::1"]],
    ["2001:db8::/33", ["2001:db8:7fff::1"], ["2001:db8:8000::1"]],
    ["::/0", ["::1", "1.2.3.4"], []],
    ["::ffff:10.0.0.0/104", ["10.9.9.9"], ["11.0.0.1"]],
  ])("%s", (entry, inside, outside) => {
    const list = parseTrustList([entry]);
    expect(inside.filter((address) => !list.isTrusted(address))).toEqual([]);
    expect(outside.filter((address) => list.isTrusted(address))).toEqual([]);
    expect(list.isTrusted("garbage")).toBe(false);
  });

  it.each(["10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "::/129", "10.0.0.0/8/8", "everyone", "", "10.0.0.0/255.0.0.0"])(
    "refuses %j and says what is allowed",
    (entry) => {
      expect(() => parseTrustList([entry])).toThrow(TrustListError);
      expect(() => parseTrustList([entry])).toThrow(/loopback, linklocal/);
    },
  );

  it("agrees with Node's BlockList on random blocks and addresses", () => {
    const block = fc.oneof(
      fc.tuple(fc.ipV4(), fc.integer({ min: 0, max: 32 })),
      fc.tuple(fc.ipV6(), fc.integer({ min: 0, max: 128 })),
    );
    fc.assert(
      fc.property(block, fc.oneof(fc.ipV4(), fc.ipV6()), ([base, prefix], address) => {
        // BlockList keeps the families apart; mapped addresses are held by the table above.
        fc.pre(isIPv6(base) === isIPv6(address) && !/ffff:\d+\./i.test(base + address) && prefix > 0);
        const oracle = new BlockList();
        oracle.addSubnet(base, prefix, isIPv6(base) ? "ipv6" : "ipv4");
        const expected = oracle.check(address, isIPv6(address) ? "ipv6" : "ipv4");
        expect(parseTrustList([`${base}/${prefix}`]).isTrusted(address)).toBe(expected);
      }),
      { numRuns: 5000 },
    );
  });
});

describe("resolveClientAddress()", () => {
  const trust = parseTrustList(["loopback", "10.0.0.0/8"]);

  it.each([
    ["no header", {}, "127.0.0.1"],
    ["one hop", { "x-forwarded-for": "203.0.113.7" }, "203.0.113.7"],
    ["what a stranger put before it", { "x-forwarded-for": "1.1.1.1, 203.0.113.7" }, "203.0.113.7"],
    ["trusted hops between", { "x-forwarded-for": "203.0.113.7, 10.0.0.2, 10.0.0.1" }, "203.0.113.7"],
    ["only trusted hops", { "x-forwarded-for": "10.0.0.3, 10.0.0.2" }, "10.0.0.3"],
    ["an unreadable entry ends the walk", { "x-forwarded-for": "203.0.113.7, unknown, 10.0.0.1" }, "10.0.0.1"],
    ["an empty entry too", { "x-forwarded-for": "203.0.113.7,, 10.0.0.1" }, "10.0.0.1"],
    ["ports", { "x-forwarded-for": "203.0.113.7:4711, 10.0.0.1:80" }, "203.0.113.7"],
    ["IPv6 with a port", { "x-forwarded-for": "[2001:db8::7]:4711" }, "2001:db8::7"],
    ["a mapped address", { "x-forwarded-for": "::ffff:203.0.113.7" }, "203.0.113.7"],
    ["Forwarded", { forwarded: 'for=1.1.1.1, for="[2001:db8::7]:80";proto=https' }, "2001:db8::7"],
    ["an obfuscated Forwarded", { forwarded: "for=_hidden" }, "127.0.0.1"],
    ["X-Forwarded-For before Forwarded", { "x-forwarded-for": "203.0.113.7", forwarded: "for=9.9.9.9" }, "203.0.113.7"],
    ["X-Real-IP after both", { "x-real-ip": "203.0.113.9" }, "203.0.113.9"],
    [
      "X-Forwarded-For before X-Real-IP",
      { "x-forwarded-for": "203.0.113.7", "x-real-ip": "203.0.113.9" },
      "203.0.113.7",
    ],
    ["an unreadable X-Real-IP", { "x-real-ip": "203.0.113.9, 1.1.1.1" }, "127.0.0.1"],
  ])("reads %s", (_name, values, expected) => {
    expect(resolveClientAddress("127.0.0.1", headers(values), trust)).toBe(expected);
  });

  it("believes no header of a stranger", () => {
    const lies = headers({ "x-forwarded-for": "1.1.1.1", forwarded: "for=1.1.1.1", "x-real-ip": "1.1.1.1" });
    expect(resolveClientAddress("203.0.113.7", lies, trust)).toBe("203.0.113.7");
    expect(resolveClientAddress("127.0.0.1", lies, parseTrustList([]))).toBe("127.0.0.1");
    expect(resolveClientAddress(undefined, lies, trust)).toBeUndefined();
  });

  it("never answers with anything but an address, whatever the header says", () => {
    fc.assert(
      fc.property(
        fc.string({ maxLength: 200 }),
        fc.constantFrom("x-forwarded-for", "forwarded", "x-real-ip"),
        (text, name) => {
          const found = resolveClientAddress("127.0.0.1", headers({ [name]: text }), trust);
          expect(isIP(found ?? "")).not.toBe(0);
        },
      ),
      { numRuns: 5000 },
    );
  });

  it.each(["", "unknown", "_x", "[::1", "::1]", "[1.2.3.4]", "1.2.3.4:port", "1.2.3.4:123456", "<script>"])(
    "takes %j for no hop",
    (text) => {
      expect(tryReadHop(text)).toBeUndefined();
    },
  );
});

describe("parseForwarded()", () => {
  it("reads elements in order, names in any case, values in quotes", () => {
    expect(parseForwarded('For="[2001:db8::1]:80";proto=HTTPS;by=x, for=192.0.2.1;host="a\\"b"')).toEqual([
      { for: "[2001:db8::1]:80", proto: "HTTPS" },
      { for: "192.0.2.1", host: 'a"b' },
    ]);
  });

  it("keeps separators inside quotes, and empties what is malformed or said twice", () => {
    expect(parseForwarded('for="a,b;c", for=1;for=2, nonsense')).toEqual([{ for: "a,b;c" }, {}, {}]);
  });
});

describe("tryReadRequestId()", () => {
  it.each(["0af7651916cd43dd8448eb211c80319c", "req-1:2.3_4/5+6=@", "a".repeat(128)])("accepts %j", (id) => {
    expect(tryReadRequestId(id)).toBe(id);
  });

  it.each([
    undefined,
    "",
    "short",
    "a".repeat(129),
    "with space in it",
    "line\nbreak-in-it",
    'quote"inside-it',
    "ünïcödé-id",
  ])("refuses %j", (id) => {
    expect(tryReadRequestId(id)).toBeUndefined();
  });
});
