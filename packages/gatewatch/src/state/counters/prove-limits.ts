import { COUNTING_ALGORITHMS, type CounterRule, type CounterVerdict, type Eventually } from "./counter-store.ts";
import { LimitModel } from "./limit-model.ts";

export interface Proof {
  schedules: number;
  calls: number;
  admitted: number;
  /** The first few wrong verdicts. */
  complaints: string[];
}

export interface ProofSettings {
  schedules: number;
  seed: number;
  /** Keys that share a timeline: calls of one moment may then travel together. */
  keysAtOnce: number;
  windowsMs: readonly number[];
  consume(rule: CounterRule, key: string, cost: number): Eventually<CounterVerdict>;
  /** Sets the store's clock (microseconds from the beginning of a timeline, which is later than all before). */
  setTime(us: number): Eventually<void>;
}

const MOMENTS = 24;

/** Random schedules of calls against the model. */
export async function proveLimits(settings: ProofSettings): Promise<Proof> {
  const random = createRandom(settings.seed);
  const proof: Proof = { schedules: 0, calls: 0, admitted: 0, complaints: [] };
  let startUs = 0;
  for (let world = 0; proof.schedules < settings.schedules; world++) {
    startUs = await runWorld(settings, random, proof, world, startUs);
  }
  return proof;
}

async function runWorld(
  { keysAtOnce, windowsMs, consume, setTime }: ProofSettings,
  random: Random,
  proof: Proof,
  world: number,
  startUs: number,
): Promise<number> {
  const limit = 1 + random(random(4) === 0 ? 100 : 8);
  const rule: CounterRule = {
    name: `w${world}`,
    algorithm: COUNTING_ALGORITHMS[world % COUNTING_ALGORITHMS.length]!,
    limit,
    windowMs: windowsMs[random(windowsMs.length)]!,
    burst: random(2) === 0 ? limit : 1 + random(2 * limit),
  };
  const models = Array.from({ length: keysAtOnce }, () => new LimitModel(rule));
  const biggest = 1 + random(Math.min(limit, 4));
  let us = startUs;
  for (let moment = 0; moment < MOMENTS; moment++) {
    us += drawPause(rule, random);
    await setTime(us);
    const calls = models.flatMap((model, key) =>
      Array.from({ length: random(4) }, () => ({ model, key, cost: 1 + random(biggest) })),
    );
    const verdicts = calls.map(async ({ key, cost }) => consume(rule, `${world}/${key}`, cost));
    for (const [index, verdict] of (await Promise.all(verdicts)).entries()) {
      const { model, key, cost } = calls[index]!;
      proof.calls++;
      if (verdict.allowed) proof.admitted++;
      const complaint = model.judge(us, cost, verdict.allowed);
      if (complaint !== undefined && proof.complaints.length < 10) {
        proof.complaints.push(`${JSON.stringify(rule)} key ${key} moment ${moment} cost ${cost}: ${complaint}`);
      }
    }
  }
  proof.schedules += keysAtOnce;
  return us + 10 * rule.windowMs * 1000;
}

/** Bursts, edges of windows and of steps, moments at which a token comes, and silences. */
function drawPause({ windowMs, limit }: CounterRule, random: Random): number {
  const windowUs = windowMs * 1000;
  switch (random(8)) {
    case 0:
      return 0;
    case 1:
      return 1 + random(10);
    case 2:
      return windowUs - random(3);
    case 3:
      return windowUs / 20 + random(3) - 1;
    case 4:
      return Math.ceil(windowUs / limit) * (1 + random(3));
    case 5:
      return windowUs + windowUs / 20 + random(3) - 1;
    case 6:
      return random(2 * windowUs);
    default:
      return random(Math.ceil(windowUs / 4));
  }
}

type Random = (below: number) => number;

/** Mulberry32: the same schedules for the same seed. */
function createRandom(seed: number): Random {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b_79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296) * below);
  };
}
