import { describe, expect, it } from "vitest";
import { canonicalAddress } from "./canonical-address.ts";
import { pseudonymiseAddress, pseudonymiseText } from "./pseudonymise.ts";

const KEY = "cerberus-parity-test-key-v1";

describe("pseudonymiseAddress()", () => {
  it.each([
    ["192.168.1.1", "dde4b5e916e658bdfe3bf7ab8fd6361aa3ef212bccf9fa4f62de60d9c78b838e"],
    ["::1", "4e9dbe33ee02f947c9a6e4b5f25ec52ad208c8508672c182281d9a9119f3d557"],
    ["fe80::1", "51928821f9313ada25d26cd5468f9ebe5e151e505cdcdc62bba0de9afc0ae16e"],
    ["FE80:0:0:0:0:0:0:1%eth0", "51928821f9313ada25d26cd5468f9ebe5e151e505cdcdc62bba0de9afc0ae16e"],
  ])("gives %s the digest that other clients send", (address, digest) => {
    expect(pseudonymiseAddress(address, KEY)).toBe(digest);
    expect(pseudonymiseAddress(address, new TextEncoder().encode(KEY))).toBe(digest);
  });

  it("leaves a digest as it is", () => {
    const digest = pseudonymiseAddress("10.0.0.1", KEY);
    expect(pseudonymiseAddress(digest, KEY)).toBe(digest);
  });

  it("hashes an arbitrary text as it is", () => {
    expect(pseudonymiseText("Bearer abc123token", KEY)).toBe(
      "a1bee22471588b1572f3f95d86e5f776871241c2fb2d3f29fc435b8ef2c9b9ef",
    );
  });
});

describe("canonicalAddress()", () => {
  it.each([
    ["::ffff:192.168.1.1", "::ffff:c0a8:101"],
    ["0:0:0:0:0:FFFF:C0A8:0101", "::ffff:c0a8:101"],
    ["2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
    ["2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
    ["::", "::"],
    ["1::", "1::"],
    ["192.168.1.1", "192.168.1.1"],
    ["192.168.1.1%eth0", "192.168.1.1"],
    ["Unknown", "Unknown"],
    ["50%", "50%"],
    ["1:2:3", "1:2:3"],
    ["::1::2", "::1::2"],
    ["::ffff:999.1.1.1", "::ffff:999.1.1.1"],
    ["", ""],
  ])("writes %s as %s", (address, canonical) => {
    expect(canonicalAddress(address)).toBe(canonical);
  });
});
