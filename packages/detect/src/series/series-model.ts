import type { SeriesKind } from "../ports.ts";
import { AlarmGate, GATE_FLOATS, GATE_NUMBERS } from "./alarm-gate.ts";
import { AUTOREGRESSION_NUMBERS, Autoregression, softly } from "./autoregression.ts";
import { CLOCK_NUMBERS, ClockShift } from "./clock-shift.ts";
import { LAW_NUMBERS, LawDistance } from "./law-distance.ts";
import { ORDER_NUMBERS, PointOrder } from "./point-order.ts";
import { RECENT_FLOATS, RECENT_NUMBERS, RecentValues } from "./recent-values.ts";
import { ResidualSpread, SPREAD_NUMBERS } from "./residual-spread.ts";
import { LEVEL_NUMBERS, RobustLevel } from "./robust-level.ts";
import { SEASON_FLOATS, SEASON_NUMBERS, SeasonFinder } from "./season-finder.ts";
import { SeriesMemory } from "./series-memory.ts";
import { distancesToShapes } from "./shape-neighbours.ts";
import { PROFILE_NUMBERS, TimeProfile } from "./time-profile.ts";
import { SCALE_NUMBERS, ValueScale } from "./value-scale.ts";
import { SKETCH_COUNTS, SKETCH_NUMBERS, ViewSketch } from "./view-sketch.ts";
import { VIEW, VIEWS } from "./views.ts";

const DAY_MS = 86_400_000;
const DAY_SLOTS = 144;
const DAY_RATE = 0.25;
const WEEK_SLOTS = 336;
const WEEK_RATE = 0.3;
/** Points of the short-term mean and spread. */
const SHORT = 30;
const SHAPE_RATE = 0.00002;
const LEAST_VARIANCE = 1e-4;
/** Points before the first view is asked. */
const LEARN_FIRST = 20;
/** How fast the mean of the last deviations follows, and how many usual distances count at most. */
const LASTING_RATE = 0.1;
const LASTING_CLIP = 5;
/** How fast the lasting part of the score follows, and how much it counts beside the newest point. */
const SCORE_RATE = 0.02;
const LASTING_WEIGHT = 2.5;

/** A shape so surprising is learned only as far as a budget of such shapes goes, which a quiet series never uses up. */
const SURPRISING_SHAPE = 3;
const MAX_BUDGET = 5;
const REFILL = 0.002;
/** Points from which on there is a budget. */
const LEARN_ALL = 500;

/** The model's own cells. */
const SEEN = 0;
const LAST_SCORE = 1;
const LASTING = 2;
const BUDGETS = 3;
const FIRST_MS = 5;
const OWN_NUMBERS = 6;

const SIZE = {
  numbers:
    ORDER_NUMBERS +
    SCALE_NUMBERS +
    6 * LEVEL_NUMBERS +
    2 * PROFILE_NUMBERS +
    2 * SPREAD_NUMBERS +
    CLOCK_NUMBERS +
    RECENT_NUMBERS +
    SEASON_NUMBERS +
    AUTOREGRESSION_NUMBERS +
    LAW_NUMBERS +
    GATE_NUMBERS +
    VIEWS.length * SKETCH_NUMBERS +
    OWN_NUMBERS,
  floats: DAY_SLOTS + WEEK_SLOTS + RECENT_FLOATS + SEASON_FLOATS + GATE_FLOATS,
  counts: VIEWS.length * SKETCH_COUNTS,
};

/** What the views say of the newest point; good until the next point of any series. */
export interface Opinions {
  /** How far the point is from usual in each view, below 0 where it is lower. */
  readonly distances: Float64Array;
  /** What each view expected, on the model's scale; NaN where it expects no value. */
  readonly centres: Float64Array;
  /** −log10 of each view's own p-value. */
  readonly surprises: Float64Array;
}

/** One for all series: ten thousand times three arrays would cost as much as what they watch. */
let shared: Opinions | undefined;

function shareOpinions(): Opinions {
  shared ??= {
    distances: new Float64Array(VIEWS.length),
    centres: new Float64Array(VIEWS.length),
    surprises: new Float64Array(VIEWS.length),
  };
  return shared;
}

/** All that is known of one series, and each view's opinion of the newest point. */
export class SeriesModel {
  readonly memory = new SeriesMemory(SIZE);
  readonly order: PointOrder;
  readonly scale: ValueScale;
  readonly gate: AlarmGate;
  readonly opinions = shareOpinions();
  readonly fast: RobustLevel;
  readonly middle: RobustLevel;
  readonly day: TimeProfile;
  readonly sketches: readonly ViewSketch[];
  readonly #slow: RobustLevel;
  readonly #base: RobustLevel;
  readonly #lasting: RobustLevel;
  readonly #shortSpread: RobustLevel;
  readonly #week: TimeProfile;
  readonly #clock: ClockShift;
  readonly #recent: RecentValues;
  readonly #season: SeasonFinder;
  readonly #regression: Autoregression;
  readonly #shape: ResidualSpread;
  readonly #shortShape: ResidualSpread;
  readonly #law: LawDistance;
  readonly #cells: Float64Array;
  readonly #at: number;

  constructor(kind: SeriesKind, intervalMs: number) {
    const { memory } = this;
    this.order = new PointOrder(memory);
    this.scale = new ValueScale(memory, kind);
    this.fast = new RobustLevel(memory, 0.02);
    this.middle = new RobustLevel(memory, 0.005);
    this.#slow = new RobustLevel(memory, 0.0005);
    this.#base = new RobustLevel(memory, 0.002);
    this.#lasting = new RobustLevel(memory, 0.002);
    this.#shortSpread = new RobustLevel(memory, 0.002);
    this.day = new TimeProfile(memory, DAY_SLOTS, DAY_MS, DAY_RATE);
    this.#week = new TimeProfile(memory, WEEK_SLOTS, 7 * DAY_MS, WEEK_RATE);
    this.#clock = new ClockShift(memory, intervalMs);
    this.#recent = new RecentValues(memory);
    this.#season = new SeasonFinder(memory);
    this.#regression = new Autoregression(memory);
    this.#shape = new ResidualSpread(memory, SHAPE_RATE);
    this.#shortShape = new ResidualSpread(memory, SHAPE_RATE);
    this.#law = new LawDistance(memory, kind);
    this.gate = new AlarmGate(memory);
    this.sketches = VIEWS.map(() => new ViewSketch(memory));
    this.#cells = memory.numbers;
    this.#at = memory.takeNumbers(OWN_NUMBERS);
    this.day.clear();
    this.#week.clear();
    this.#regression.clear();
  }

  /** Points learned. */
  get seen(): number {
    return this.#cells[this.#at + SEEN]!;
  }

  /** When the first point was, milliseconds since 1970. */
  get firstMs(): number {
    return this.#cells[this.#at + FIRST_MS]!;
  }

  /** What is usual at that time of day, on the model's scale; NaN where that is not known. */
  expectedAt(atMs: number): number {
    return this.day.expectedAt(atMs + this.#clock.shiftMs);
  }

  /**
   * Probability of so low a count where only `share` of the usual is to be expected, by the least of what was usual of late and is usual at
   * this time of day; 1 while no day has passed. To be asked before the point is learned.
   */
  pValueOfLull(value: number, atMs: number, share: number): number {
    const least = Math.min(this.fast.level, this.middle.level, this.expectedAt(atMs));
    return Number.isNaN(least) ? 1 : this.#law.pValueOfFewer(value, share * this.scale.toValue(least));
  }

  /** Measures a point against all that came before, and learns it. @returns the raw score */
  observe(value: number, model: number, weight: number, atMs: number): number {
    const weighed = this.scale.weigh(model, this.middle.level, weight);
    const shiftedMs = atMs + this.#clock.shiftMs;
    this.#measure(weighed, value, weight, shiftedMs);
    if (this.seen === 0) this.#cells[this.#at + FIRST_MS] = atMs;
    const isFirst = ++this.#cells[this.#at + SEEN]! <= LEARN_FIRST;
    let now = 0;
    for (let view = 0; view < VIEWS.length; view++) {
      if (view === VIEW.law && !this.#law.isKnown) continue;
      const distance = Math.abs(this.opinions.distances[view]!);
      const sketch = this.sketches[view]!;
      const surprise = isFirst ? 0 : -Math.log10(sketch.pValueOf(distance));
      this.opinions.surprises[view] = surprise;
      now += VIEWS[view]!.scoreWeight * surprise * Math.sqrt(surprise);
      if (!isFirst && this.#mayTeach(view, surprise)) sketch.add(distance);
    }
    const lasting = (this.#cells[this.#at + LAST_SCORE]! += SCORE_RATE * (now - this.#cells[this.#at + LAST_SCORE]!));
    return now + LASTING_WEIGHT * lasting;
  }

  /** A long anomaly must not teach the shapes, on which the score rests, that it is normal; alarms get used to what lasts. */
  #mayTeach(view: number, surprise: number): boolean {
    if (view !== VIEW.shape && view !== VIEW.shortShape) return true;
    const cell = this.#at + BUDGETS + view - VIEW.shape;
    const budget = Math.min(MAX_BUDGET, this.#cells[cell]! + REFILL);
    const spends = surprise >= SURPRISING_SHAPE && this.seen > LEARN_ALL;
    this.#cells[cell] = spends && budget >= 1 ? budget - 1 : budget;
    return !spends || budget >= 1;
  }

  #measure(model: number, value: number, weight: number, shiftedMs: number): void {
    const { distances, centres, surprises } = this.opinions;
    distances.fill(0);
    centres.fill(Number.NaN);
    surprises.fill(0);
    distances[VIEW.fast] = this.fast.distanceOf(model);
    distances[VIEW.middle] = this.middle.distanceOf(model);
    distances[VIEW.slow] = this.#slow.distanceOf(model);
    centres[VIEW.fast] = this.fast.level;
    centres[VIEW.middle] = this.middle.level;
    centres[VIEW.slow] = this.#slow.level;
    const ofDay = (centres[VIEW.day] = this.day.expectedAt(shiftedMs));
    const ofWeek = (centres[VIEW.week] = this.#week.expectedAt(shiftedMs));
    distances[VIEW.day] = this.day.distanceOf(model, ofDay);
    distances[VIEW.week] = this.#week.distanceOf(model, ofWeek);
    let closest = this.middle.level;
    let spread = this.middle.spread;
    if (!Number.isNaN(ofDay) && this.day.spread < spread) {
      closest = ofDay;
      spread = this.day.spread;
    }
    if (!Number.isNaN(ofWeek) && this.#week.spread < spread) {
      closest = ofWeek;
      spread = this.#week.spread;
    }
    this.#measureLaw(value, weight, closest);
    this.#measureLasting(model, closest, spread);
    this.#measureCourse(model);
    this.#measureShort();
    this.#clock.add(model, shiftedMs, this.day);
    this.day.add(model, shiftedMs, ofDay);
    this.#week.add(model, shiftedMs, ofWeek);
    this.fast.add(model);
    this.middle.add(model);
    this.#slow.add(model);
    this.scale.learn(model, weight);
  }

  /** Small deviations that last: their fading mean, by whichever view is closest to the points of late. */
  #measureLasting(model: number, expected: number, spread: number): void {
    const clip = LASTING_CLIP * spread;
    const cell = this.#at + LASTING;
    this.#cells[cell]! += LASTING_RATE * (Math.max(-clip, Math.min(clip, model - expected)) - this.#cells[cell]!);
    const mean = this.#cells[cell]!;
    this.opinions.distances[VIEW.lasting] = this.#lasting.distanceOf(mean);
    this.#lasting.add(mean);
  }

  #measureLaw(value: number, weight: number, centre: number): void {
    if (!this.#law.isKnown) return;
    const expected = this.scale.toValue(centre);
    this.opinions.centres[VIEW.law] = centre;
    this.opinions.distances[VIEW.law] = this.#law.distanceOf(value, weight, expected);
    this.#law.add(value, weight, expected);
  }

  #measureCourse(model: number): void {
    const { distances, centres } = this.opinions;
    const recent = this.#recent;
    const { level, spread } = this.#base;
    const predicted = this.#regression.predict(recent, this.#season.season, level, spread);
    if (!Number.isNaN(predicted)) {
      centres[VIEW.course] = level + predicted * spread;
      const error = softly((model - level) / spread) - predicted;
      distances[VIEW.course] = this.#regression.distanceOf(error);
      this.#regression.learn(error);
    }
    if (this.seen >= LEARN_FIRST) this.#season.add(model, recent, level, spread);
    this.#base.add(model);
    recent.add(model);
    const shapes = distancesToShapes(recent);
    distances[VIEW.shape] = inUsual(this.#shape, shapes.long);
    distances[VIEW.shortShape] = inUsual(this.#shortShape, shapes.short);
  }

  /** Of the last thirty points. */
  #measureShort(): void {
    const recent = this.#recent;
    if (recent.seen < SHORT) return;
    const level = this.#base.level;
    let sum = 0;
    let squares = 0;
    for (let lag = 1; lag <= SHORT; lag++) {
      const value = recent.back(lag) - level;
      sum += value;
      squares += value * value;
    }
    const mean = sum / SHORT;
    const spread = Math.log(LEAST_VARIANCE * this.#base.spread ** 2 + Math.max(0, squares / SHORT - mean * mean));
    this.opinions.distances[VIEW.shortSpread] = this.#shortSpread.distanceOf(spread);
    this.#shortSpread.add(spread);
  }
}

/** A distance as a multiple of those before it. */
function inUsual(usual: ResidualSpread, distance: number): number {
  const before = usual.value;
  if (distance > 0) usual.add(distance);
  return before > 0 ? distance / before : 0;
}
