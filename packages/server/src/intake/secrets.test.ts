import { makeSecretCorpus, type PlantedSecret } from "@gatewatch/protocol/redact/secret-corpus";
import { describe, expect, it } from "vitest";
import type { DecodedBatch, Decoder } from "../model/decoder.ts";
import { createAnalyzeErrorDecoder } from "./analyze-error-decoder.ts";
import { FAKE_NOW } from "./fake-intake.ts";
import { createNativeDecoder } from "./native-decoder.ts";

const nativeDecoder = createNativeDecoder();
const analyzeErrorDecoder = createAnalyzeErrorDecoder();

const ID = "0197a3f4-5c1e-7d20-8f43-2b9f6c0d1e2a";

function queryOf(planted: PlantedSecret): Record<string, string> {
  return planted.place === "query" ? { [planted.name]: planted.value } : {};
}

function textOf(planted: PlantedSecret): string {
  return planted.place === "message" ? planted.text : planted.place === "breadcrumb" ? planted.message : "boom";
}

/** One request as object, one as columns and one error, with the secret where it belongs. */
function makeBatch(planted: PlantedSecret): unknown {
  const query = queryOf(planted);
  const path = `/a?${Object.entries(query)
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .join("&")}`;
  const isHeader = planted.place === "header" || planted.place === "cookie";
  return {
    batch: ID,
    sentAt: FAKE_NOW,
    dict: ["GET", path, textOf(planted)],
    columns: {
      request: {
        n: 1,
        t0: FAKE_NOW,
        time: [0],
        durationUs: [1],
        status: [200],
        method: [0],
        path: [1],
        userAgent: [2],
      },
    },
    events: [
      { type: "request", time: FAKE_NOW, method: "GET", path, status: 500, durationMs: 1, userAgent: textOf(planted) },
      {
        type: "error",
        time: FAKE_NOW,
        id: "e1",
        level: "error",
        handled: false,
        mechanism: "throw",
        exceptions: [
          {
            type: "Error",
            message: textOf(planted),
            rawStack: `Error: ${textOf(planted)}\n    at f (a.ts:1:2)`,
            frames: [
              {
                file: "a.ts",
                inApp: true,
                context: { pre: [], line: planted.place === "source" ? planted.text : "f();", post: [] },
              },
            ],
          },
        ],
        request: {
          method: "POST",
          url: `https://shop.example${path}`,
          headers: isHeader ? { [planted.name]: planted.value } : {},
          query,
          body: planted.place === "body" ? planted.body : null,
        },
        breadcrumbs: [
          {
            time: FAKE_NOW,
            category: "log",
            message: textOf(planted),
            data: planted.place === "breadcrumb" ? planted.data : {},
          },
        ],
      },
      { type: "log", time: FAKE_NOW, level: "info", message: textOf(planted) },
    ],
  };
}

function makeAgentError(planted: PlantedSecret): unknown {
  const line = planted.place === "source" ? planted.text : "f()";
  const traceback = `Traceback (most recent call last):\n  File "/srv/a.py", line 1, in f\n    ${line}\nError: ${textOf(planted)}\n`;
  return {
    request: { path: "/a", method: "POST", query_params: queryOf(planted) },
    request_body: planted.place === "body" ? JSON.stringify(planted.body) : null,
    exception: { type: "Error", message: textOf(planted), traceback },
    custom: planted.place === "breadcrumb" ? planted.data : {},
  };
}

function keptOf(decoder: Decoder, body: unknown): { kept: string; decoded: DecodedBatch } {
  const bytes = Buffer.from(JSON.stringify(body));
  const decoded = decoder.decode(bytes, { projectId: 1, receivedAt: FAKE_NOW, addressKey: null });
  const text = Buffer.from(decoded.body).toString("utf8");
  return { kept: text + decodeURIComponent(text.replace(/%(?![0-9A-F]{2})/gi, "")), decoded };
}

describe("what the decoders keep", () => {
  it.each([1, 2])("holds none of the planted secrets (native, seed %i)", (seed) => {
    const outcomes = makeSecretCorpus(seed).map((planted) => {
      const { kept, decoded } = keptOf(nativeDecoder, makeBatch(planted));
      return { planted, kept, decoded };
    });
    expect(outcomes.filter(({ decoded }) => decoded.accepted !== 4).map(({ decoded }) => decoded.rejected)).toEqual([]);
    const leaks = outcomes.filter(({ planted, kept }) => kept.includes(planted.secret));
    expect(leaks.map(({ planted, kept }) => `${planted.place}, ${planted.kind}: ${kept}`)).toEqual([]);
  });

  it("holds none of the planted secrets (agent)", () => {
    const corpus = makeSecretCorpus(3).filter((planted) => planted.place !== "header" && planted.place !== "cookie");
    const leaks = corpus.filter((planted) =>
      keptOf(analyzeErrorDecoder, makeAgentError(planted)).kept.includes(planted.secret),
    );
    expect(
      leaks.map(
        (planted) => `${planted.place}, ${planted.kind}: ${keptOf(analyzeErrorDecoder, makeAgentError(planted)).kept}`,
      ),
    ).toEqual([]);
  });
});
