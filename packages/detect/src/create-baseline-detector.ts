import { FieldModel, rarity } from "./field-model.ts";
import type { DetectableEvent, Detector, Finding, Verdict } from "./index.ts";
import { RankCalibration } from "./rank-calibration.ts";
import { type FieldValue, readFields } from "./read-fields.ts";

export interface BaselineOptions {
  /** Events with a p-value up to this are anomalous, 1e-4 to 0.1. @default 0.001 */
  threshold?: number;
}

/** Events that are only learned: what a model says that has seen nothing is worth nothing. */
const WARM_UP = 100;
const MIN_SCORES = 300;
const MAX_FIELDS = 64;
const MAX_FINDINGS = 5;
const MAX_SEEN = 80;
/** Then what is old begins to count less. */
const FADE_AT = 8_192;

/** A field's part in a score. */
interface Part {
  path: string;
  surprise: number;
  value: FieldValue | undefined;
}

/**
 * The baseline, against which better detectors are measured: each field by itself, the oddest field is the event's score, and its rank among
 * the stream's scores is the p-value. It is calibrating until a p-value can be as small as the threshold, and it sees no combinations, sequences
 * or times. @throws RangeError for a threshold outside of 1e-4 to 0.1
 */
export function createBaselineDetector({ threshold = 0.001 }: BaselineOptions = {}): Detector {
  if (!(threshold >= 1e-4 && threshold <= 0.1)) throw new RangeError("threshold must be from 0.0001 to 0.1");
  const minScores = Math.max(MIN_SCORES, Math.ceil(1 / threshold));
  const fields = new Map<string, FieldModel>();
  const calibration = new RankCalibration();
  let total = 0;
  let turn = 0;
  /** Events that brought a field which had never been there. */
  let withNewField = 0;

  function score(event: DetectableEvent, parts: Part[] | undefined): number {
    let highest = 0;
    let isNewSeen = false;
    turn++;
    const take = (path: string, surprise: number, value: FieldValue | undefined): void => {
      if (surprise > highest) highest = surprise;
      parts?.push({ path, surprise, value });
    };
    readFields(event, (path, value) => {
      const model = fields.get(path);
      if (model !== undefined) {
        model.lastTurn = turn;
        take(path, model.surpriseOf(value), value);
      } else if (!isNewSeen) {
        isNewSeen = true;
        take(path, rarity(withNewField, total), value);
      }
    });
    for (const [path, model] of fields) {
      if (model.lastTurn !== turn) take(path, rarity(Math.max(0, total - model.present), total), undefined);
    }
    return highest;
  }

  function learn(event: DetectableEvent): void {
    if (total >= WARM_UP) calibration.add(score(event, undefined));
    let isNewSeen = false;
    turn++;
    readFields(event, (path, value) => {
      let model = fields.get(path);
      if (model === undefined) {
        isNewSeen = true;
        if (fields.size >= MAX_FIELDS) return;
        fields.set(JSON.parse(JSON.stringify(path)) as string, (model = new FieldModel()));
      }
      if (model.lastTurn === turn) return;
      model.lastTurn = turn;
      model.learn(value);
    });
    total++;
    if (isNewSeen) withNewField++;
    if (total >= FADE_AT) fade();
  }

  function fade(): void {
    total /= 2;
    withNewField /= 2;
    for (const [path, model] of fields) {
      model.fade();
      if (model.present < 0.5) fields.delete(path);
    }
  }

  function explain(event: DetectableEvent): Finding[] {
    const parts: Part[] = [];
    const highest = score(event, parts);
    return parts
      .filter(({ surprise }) => surprise >= highest * 0.6)
      .toSorted((a, b) => b.surprise - a.surprise)
      .slice(0, MAX_FINDINGS)
      .map(({ path, value }) => {
        const expected = fields.get(path)?.describe(value) ?? "no such field";
        const seen = value === undefined ? "nothing" : JSON.stringify(value).slice(0, MAX_SEEN);
        return { field: path, expected, seen, message: `${path}: expected ${expected}, seen ${seen}` };
      });
  }

  return {
    judge(event): Verdict {
      if (calibration.size < minScores) return { state: "calibrating", isAnomaly: false, pValue: 1, findings: [] };
      const pValue = calibration.pValueOf(score(event, undefined));
      const isAnomaly = pValue <= threshold;
      return { state: "ready", isAnomaly, pValue, findings: isAnomaly ? explain(event) : [] };
    },
    learn,
  };
}
