/** The views of a series, in the order of their cells: what each is called to people, and how much of the alarm and of the score is its. */
export interface View {
  name: string;
  /** Share of the false alarms that this view may cause; all together at most 1. */
  alarmShare: number;
  scoreWeight: number;
}

export const VIEWS = [
  { name: "level of the last hours", alarmShare: 0.17, scoreWeight: 0 },
  { name: "level", alarmShare: 0.14, scoreWeight: 0 },
  { name: "long-term level", alarmShare: 0.17, scoreWeight: 0 },
  { name: "time of day", alarmShare: 0.17, scoreWeight: 0 },
  { name: "time of week", alarmShare: 0.14, scoreWeight: 0 },
  { name: "lasting deviation", alarmShare: 0.1, scoreWeight: 0 },
  { name: "short-term spread", alarmShare: 0.04, scoreWeight: 0 },
  { name: "course", alarmShare: 0.03, scoreWeight: 2 },
  { name: "shape", alarmShare: 0, scoreWeight: 1 },
  { name: "short shape", alarmShare: 0, scoreWeight: 1 },
  { name: "law", alarmShare: 0.04, scoreWeight: 0 },
] as const satisfies readonly View[];

export const VIEW = {
  fast: 0,
  middle: 1,
  slow: 2,
  day: 3,
  week: 4,
  lasting: 5,
  shortSpread: 6,
  course: 7,
  shape: 8,
  shortShape: 9,
  law: 10,
} as const;
