import { createRequire } from "node:module";
import { describe, expect, it } from "vitest";
import { essenceOf } from "../essence-of.ts";
import { isCompressible } from "./is-compressible.ts";

interface TypeFacts {
  compressible?: boolean;
}

/** The registry that `compression` asks, as an oracle. */
const require = createRequire(import.meta.url);
const REGISTRY = require("mime-db") as Record<string, TypeFacts>;

/** Loose by the registry, and left alone by us: archives, disk images, and bytes of which nothing is known. */
const LEFT_ALONE = new Set([
  "application/octet-stream",
  "application/tar",
  "application/x-tar",
  "application/x-virtualbox-hdd",
  "application/x-virtualbox-ova",
  "application/x-virtualbox-ovf",
  "application/x-virtualbox-vbox",
  "application/x-virtualbox-vdi",
  "application/x-virtualbox-vhd",
  "application/x-virtualbox-vmdk",
]);

describe("isCompressible()", () => {
  it.each<[string, boolean]>([
    ["text/html", true],
    ["text/html; charset=utf-8", true],
    ["TEXT/HTML", true],
    [" text/css ", true],
    ["text/plain;charset=utf-8", true],
    ["text/x-anything", true],
    ["application/json", true],
    ["application/json; charset=utf-8", true],
    ["application/problem+json", true],
    ["application/ld+json", true],
    ["application/vnd.api+json; ext=x", true],
    ["application/atom+xml", true],
    ["image/svg+xml", true],
    ["application/javascript", true],
    ["text/javascript", true],
    ["application/xml", true],
    ["application/wasm", true],
    ["application/x-ndjson", true],
    ["application/yaml", true],
    ["application/openapi+yaml", true],
    ["application/x-www-form-urlencoded", true],
    ["font/ttf", true],
    ["image/x-icon", true],
    ["image/png", false],
    ["image/jpeg", false],
    ["image/webp", false],
    ["image/avif", false],
    ["video/mp4", false],
    ["audio/mpeg", false],
    ["font/woff2", false],
    ["application/pdf", false],
    ["application/zip", false],
    ["application/gzip", false],
    ["application/zstd", false],
    ["application/octet-stream", false],
    ["application/grpc", false],
    ["application/vnd.openxmlformats-officedocument.wordprocessingml.document", false],
    ["multipart/form-data; boundary=x", false],
    ["application/jsonx", false],
    ["xtext/html", false],
    ["", false],
    ["nonsense", false],
  ])("%j: %s", (type, expected) => {
    expect(isCompressible(essenceOf(type))).toBe(expected);
  });

  it("agrees with the registry of types, but for archives and unknown bytes", () => {
    const differing = Object.entries(REGISTRY)
      .filter(([type, { compressible }]) => compressible !== undefined && compressible !== isCompressible(type))
      .map(([type]) => type);
    expect(new Set(differing)).toEqual(LEFT_ALONE);
  });
});
