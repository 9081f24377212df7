import { describe, expect, it } from "vitest";
import { negotiateEncoding } from "./negotiate-encoding.ts";

const ALL = ["zstd", "br", "gzip"];

describe("negotiateEncoding()", () => {
  it.each<[string | undefined, string | undefined]>([
    [undefined, undefined],
    ["", undefined],
    ["gzip", "gzip"],
    ["br", "br"],
    ["zstd", "zstd"],
    ["deflate", undefined],
    ["identity", undefined],
    ["compress", undefined],
    ["exi", undefined],
    ["x-gzip", "gzip"],
    ["GZIP", "gzip"],
    ["Br, gZip", "br"],
    ["gzip, deflate", "gzip"],
    ["gzip, deflate, br", "br"],
    ["gzip, deflate, br, zstd", "zstd"],
    ["br;q=1.0, gzip;q=0.8, *;q=0.1", "br"],
    ["gzip;q=1.0, br;q=0.8", "gzip"],
    ["gzip;q=0.8, br;q=0.8", "br"],
    ["gzip;q=0.5, br;q=0.6, zstd;q=0.7", "zstd"],
    ["gzip;q=0.7, br;q=0.6, zstd;q=0.5", "gzip"],
    ["gzip;q=0", undefined],
    ["gzip;q=0.0", undefined],
    ["gzip;q=0.000", undefined],
    ["gzip;q=0.001", "gzip"],
    ["gzip;q=0, br", "br"],
    ["gzip;q=1.000", "gzip"],
    ["gzip; q=0.5", "gzip"],
    ["gzip ;q=0.5", "gzip"],
    ["gzip;Q=0.5", "gzip"],
    ["gzip ; q = 0.5", "gzip"],
    ["gzip;q=.5", "gzip"],
    ["gzip;q=1.", "gzip"],
    ["gzip;q=0.", undefined],
    ["*", "zstd"],
    ["*;q=0.1", "zstd"],
    ["*;q=0", undefined],
    ["gzip, *;q=0", "gzip"],
    ["*, zstd;q=0", "br"],
    ["*, zstd;q=0, br;q=0", "gzip"],
    ["*;q=0.5, gzip;q=0.6", "gzip"],
    ["*;q=0.5, gzip;q=0.4", "zstd"],
    ["identity, gzip", "gzip"],
    ["identity;q=1, gzip;q=0.5", undefined],
    ["identity;q=0.5, gzip;q=0.5", "gzip"],
    ["identity;q=0.5, gzip;q=1", "gzip"],
    ["identity;q=0.9, *;q=0.1", undefined],
    ["identity;q=0, gzip", "gzip"],
    ["identity;q=0", undefined],
    ["gzip;q=2", undefined],
    ["gzip;q=-1", undefined],
    ["gzip;q=abc", undefined],
    ["gzip;q=", undefined],
    ["gzip;q=1.5", undefined],
    ["gzip;q=x, br", "br"],
    ["gzip;level=9", "gzip"],
    ["gzip;level=9;q=0", undefined],
    ["gzip;q=0, gzip", undefined],
    ["gzip, gzip;q=0", "gzip"],
    [",,gzip,,", "gzip"],
    [" , ", undefined],
    ["gzip deflate", undefined],
    ["gzipped", undefined],
    ["\tgzip\t", "gzip"],
    ["gzip\u0000", undefined],
    [`${"x,".repeat(400)}gzip`, "gzip"],
    [`${"x,".repeat(600)}gzip`, undefined],
  ])("%j: %s", (accept, encoding) => {
    expect(negotiateEncoding(accept, ALL).encoding).toBe(encoding);
  });

  it.each<[string, boolean]>([
    ["identity;q=0, gzip", true],
    ["*;q=0, gzip", true],
    ["gzip, *;q=0", true],
    ["*;q=0, identity;q=0.1, gzip", false],
    ["identity;q=0.1", false],
    ["gzip", false],
    ["", false],
  ])("%j refuses answers as they are: %s", (accept, isRefused) => {
    expect(negotiateEncoding(accept, ALL).isIdentityRefused).toBe(isRefused);
  });

  it.each<[readonly string[], string | undefined]>([
    [["gzip", "br"], "gzip"],
    [["br", "gzip"], "br"],
    [["zstd"], "zstd"],
    [[], undefined],
  ])("prefers %j among equals: %s", (preferred, encoding) => {
    expect(negotiateEncoding("gzip, deflate, br, zstd", preferred).encoding).toBe(encoding);
  });
});
