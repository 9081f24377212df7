import { createEventDetector } from "../../packages/detect/src/index.ts";
import type { BenchRow } from "../measure.ts";
import { attack } from "./generators/http-attacks.ts";
import { type HttpForm, toHttpEvent } from "./generators/http-events.ts";
import { Shop, type ShopRequest } from "./generators/http-shop.ts";
import { PoisonedStream } from "./generators/poison.ts";
import { RandomSource } from "./generators/random-source.ts";
import { loadHttpParams } from "./load-data.ts";
import { meanOf, TRIVIAL, truePositives } from "./rank-scores.ts";

const LEARNED = 6_000;
const NORMAL = 4_000;
const ODD = 2_000;
const POISONED = 20_000;
const FORMS = ["raw", "parsed"] as const;
const LEVELS = [0.01, 0.001] as const;

/** Found attacks on shops that are learned from normal requests, beside what needs no detector; and what the explanation names. */
export function measureCleanStart(seeds: readonly number[]): BenchRow[] {
  const rows: BenchRow[] = [];
  for (const form of FORMS) {
    const runs = seeds.map((seed) => runCleanShop(seed, form));
    for (const level of LEVELS)
      rows.push(
        ...describe(
          `attacks on shops (${form}) found at ${level * 100} % false alarms`,
          runs.map((run) => truePositives(run.normal, run.odd, level)),
        ),
      );
    for (const name of Object.keys(TRIVIAL)) {
      const found = runs.map((run) => truePositives(run.trivial[name]!.normal, run.trivial[name]!.odd, 0.01));
      rows.push({ name: `… at 1 % by ${name} alone, mean`, value: meanOf(found), unit: "share" });
    }
    rows.push({
      name: `explanation names the changed field first (${form})`,
      value: meanOf(runs.map((run) => run.named)),
      unit: "share of found",
    });
    rows.push({
      name: `missing fields found at 1 % and named (${form})`,
      value: meanOf(runs.map((run) => run.missing)),
      unit: "share of all",
    });
  }
  return rows;
}

function describe(name: string, values: readonly number[]): BenchRow[] {
  return [
    { name: `${name}, mean of ${values.length} seeds`, value: meanOf(values), unit: "share" },
    { name: "… the worst seed", value: Math.min(...values), unit: "share" },
  ];
}

interface CleanRun {
  normal: number[];
  odd: number[];
  trivial: Record<string, { normal: number[]; odd: number[] }>;
  named: number;
  missing: number;
}

function runCleanShop(seed: number, form: HttpForm): CleanRun {
  const shop = new Shop(new RandomSource(seed));
  const random = new RandomSource(seed + 50_000);
  const detector = createEventDetector({ profile: "sensitive" });
  for (let left = LEARNED; left > 0; left--) {
    const request = shop.next();
    detector.observe(toHttpEvent(request, form), request.atMs);
  }
  const judge = (request: ShopRequest): number => detector.judge(toHttpEvent(request, form), request.atMs).score!;
  const normal = Array.from({ length: NORMAL }, () => shop.next());
  const odd = Array.from({ length: ODD }, () => attack(() => shop.next(), random));
  const trivial = Object.fromEntries(
    Object.entries(TRIVIAL).map(([name, score]) => {
      const scoreAll = (requests: ShopRequest[]): number[] =>
        requests.map((request) => score(toHttpEvent(request, form)));
      return [name, { normal: scoreAll(normal), odd: scoreAll(odd) }];
    }),
  );
  const isNamed = (request: ShopRequest): boolean | undefined => {
    const { isAnomaly, findings } = detector.judge(toHttpEvent(request, form), request.atMs);
    return isAnomaly ? names(findings[0]?.field ?? "", request) : undefined;
  };
  const named = odd.map(isNamed).filter((is) => is !== undefined);
  const missing = Array.from({ length: ODD / 5 }, () => attack(() => shop.next(), random, "missing parameter"));
  return {
    normal: normal.map(judge),
    odd: odd.map(judge),
    trivial,
    named: meanOf(named.map(Number)),
    missing: meanOf(missing.map((request) => Number(isNamed(request) === true))),
  };
}

/** `body.login`, `url?login`, `url.path` … for `login`, `path`. */
function names(field: string, { changed, formerly, family }: ShopRequest): boolean {
  if (family === "forced browsing") return field.includes("path");
  return [changed, formerly].some((name) => name !== undefined && field.split(/[.?]/).includes(name));
}

/** Share of attacks found in a stream that has them from its first event on; with the senders' addresses, and with nothing that tells senders apart. */
export function measurePoisoned(seeds: readonly number[]): BenchRow[] {
  const rows: BenchRow[] = [];
  for (const share of [0.01, 0.05])
    for (const form of FORMS)
      for (const isAnonymous of [false, true]) {
        const runs = seeds.map((seed) => runPoisonedShop(seed, form, share, isAnonymous));
        const what = `${share * 100} % attacks from the first event (${form}${isAnonymous ? ", senders unknown" : ""})`;
        rows.push(
          ...describe(
            `${what}: found at 1 % false alarms`,
            runs.map((run) => run.found),
          ),
        );
        rows.push({ name: "… at p ≤ 0.01: found", value: meanOf(runs.map((run) => run.atLevel)), unit: "share" });
        rows.push({ name: "… at p ≤ 0.01: false alarms", value: meanOf(runs.map((run) => run.alarms)), unit: "share" });
      }
  return rows;
}

function runPoisonedShop(
  seed: number,
  form: HttpForm,
  share: number,
  isAnonymous: boolean,
): { found: number; atLevel: number; alarms: number } {
  const stream = new PoisonedStream(new Shop(new RandomSource(seed)), new RandomSource(seed + 60_000), share);
  const detector = createEventDetector({ profile: "sensitive" });
  const [normal, odd]: [number[], number[]] = [[], []];
  let [ready, flagged, readyOdd, flaggedOdd] = [0, 0, 0, 0];
  for (let left = POISONED; left > 0; left--) {
    const request = stream.next();
    const { client_address, cookie, ...rest } = toHttpEvent(request, form);
    const { score, state, isAnomaly } = detector.observe(
      isAnonymous ? rest : { ...rest, client_address, cookie },
      request.atMs,
    );
    const isOdd = request.family !== undefined;
    (isOdd ? odd : normal).push(score!);
    if (state === "calibrating") continue;
    if (isOdd) readyOdd++;
    else ready++;
    if (isAnomaly && isOdd) flaggedOdd++;
    else if (isAnomaly) flagged++;
  }
  return { found: truePositives(normal, odd, 0.01), atLevel: flaggedOdd / readyOdd, alarms: flagged / ready };
}

/** Values of HTTP parameters, attacks on them made by tools. */
export function measureHttpParams(dataDir: string): BenchRow[] {
  const all = loadHttpParams(dataDir);
  if (all.length === 0) return [];
  const random = new RandomSource(1);
  const toEvent = ({ payload }: { payload: string }): { payload: string } => ({ payload });
  const normal = random.shuffled(all.filter(({ isAttack }) => !isAttack)).map(toEvent);
  const odd = random.shuffled(all.filter(({ isAttack }) => isAttack)).map(toEvent);
  const detector = createEventDetector();
  const half = normal.length >> 1;
  for (const [index, event] of normal.slice(0, half).entries()) detector.observe(event, index * 1000);
  const scoreAll = (events: readonly { payload: string }[]): number[] =>
    events.map((event) => detector.judge(event, half * 1000).score!);
  const [scores, oddScores] = [scoreAll(normal.slice(half)), scoreAll(odd)];
  const rows = LEVELS.map((level) => ({
    name: `http-params: attacks found at ${level * 100} % false alarms`,
    value: truePositives(scores, oddScores, level),
    unit: "share",
  }));
  for (const [name, score] of Object.entries(TRIVIAL))
    rows.push({
      name: `… at 1 % by ${name} alone`,
      value: truePositives(normal.slice(half).map(score), odd.map(score), 0.01),
      unit: "share",
    });
  for (const share of [0.01, 0.05])
    rows.push({
      name: `http-params, ${share * 100} % attacks from the first event: found at 1 %`,
      value: runPoisonedParams(normal, odd, share),
      unit: "share",
    });
  return rows;
}

function runPoisonedParams(normal: readonly object[], odd: readonly object[], share: number): number {
  const random = new RandomSource(2);
  const detector = createEventDetector();
  const scores: [number[], number[]] = [[], []];
  let at = 0;
  const observe = (event: object, isOdd: 0 | 1): unknown =>
    scores[isOdd].push(detector.observe(event as Record<string, unknown>, at++ * 1000).score!);
  for (const event of normal) {
    if (random.chance(share)) observe(random.pick(odd), 1);
    observe(event, 0);
  }
  return truePositives(...scores, 0.01);
}
