import { describe, expect, it } from "vitest";
import { createRedactor } from "./create-redactor.ts";
import { makeBenignCorpus, makeSecretCorpus, type PlantedSecret } from "./secret-corpus.ts";

const redactor = createRedactor();

function redactPlanted(planted: PlantedSecret): string {
  switch (planted.place) {
    case "header":
    case "cookie":
      return JSON.stringify(redactor.redactHeaders({ [planted.name]: planted.value }));
    case "query": {
      const url = `https://shop.example/a?x=1&${encodeURIComponent(planted.name)}=${encodeURIComponent(planted.value)}&y=2`;
      return decodeURIComponent(
        redactor.redactUrl(url) + JSON.stringify(redactor.redactQuery({ x: "1", [planted.name]: [planted.value] })),
      );
    }
    case "body":
      return JSON.stringify(redactor.redactValue(planted.body));
    case "message":
      return redactor.redactText(planted.text);
    case "source":
      return redactor.redactSource(planted.text);
    case "breadcrumb":
      return redactor.redactText(planted.message) + JSON.stringify(redactor.redactValue(planted.data));
    default:
      return planted satisfies never;
  }
}

describe("the secret corpus", () => {
  it("plants at least 300 secrets in every place", () => {
    const corpus = makeSecretCorpus();
    expect(corpus.length).toBeGreaterThanOrEqual(300);
    expect(new Set(corpus.map((planted) => planted.place)).size).toBe(7);
  });

  it.each([1, 2, 3, 4, 5])("loses every secret to the redactor (seed %i)", (seed) => {
    const leaks = makeSecretCorpus(seed)
      .filter((planted) => redactPlanted(planted).includes(planted.secret))
      .map((planted) => `${planted.place}, ${planted.kind}: ${redactPlanted(planted)}`);
    expect(leaks).toEqual([]);
  });

  it("changes nothing when redacted a second time", () => {
    const corpus = makeSecretCorpus(6);
    const texts = corpus.flatMap((planted) => (planted.place === "message" ? [planted.text] : []));
    const lines = corpus.flatMap((planted) => (planted.place === "source" ? [planted.text] : []));
    const bodies = corpus.flatMap((planted) => (planted.place === "body" ? [planted.body] : []));
    const once = [texts.map(redactor.redactText), lines.map(redactor.redactSource), redactor.redactValue(bodies)];
    const twice = [
      texts.map(redactor.redactText).map(redactor.redactText),
      lines.map(redactor.redactSource).map(redactor.redactSource),
      redactor.redactValue(redactor.redactValue(bodies)),
    ];
    expect(twice).toEqual(once);
  });
});

describe("the benign corpus", () => {
  it("stays as it is, but for at most one text in a hundred", ({ annotate }) => {
    const corpus = makeBenignCorpus();
    const changed = corpus.filter((text) => redactor.redactText(text) !== text);
    const rate = changed.length / corpus.length;
    annotate(`false redaction: ${changed.length} of ${corpus.length} (${(rate * 100).toFixed(2)} %)`);
    expect(changed.map((text) => `${text} → ${redactor.redactText(text)}`)).toHaveLength(changed.length);
    expect(rate).toBeLessThanOrEqual(0.01);
  });
});
