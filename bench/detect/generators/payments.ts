import { RandomSource } from "./random-source.ts";

export type Fraud = "amount" | "terminal" | "customer";

export interface Payment {
  event: Record<string, unknown>;
  atMs: number;
  fraud: Fraud | undefined;
}

export interface PaymentOptions {
  customers: number;
  terminals: number;
  days: number;
}

const DAY_MS = 86_400_000;
const START_MS = 1_750_000_000_000;

/**
 * Card payments after the simulator of Le Borgne et al., Reproducible Machine Learning for Credit Card Fraud Detection (2022): each
 * customer has a mean amount (5 to 100) and a rate (up to four a day), and pays at terminals nearby. Three frauds: amounts above what anybody
 * spends; all payments at a terminal for 28 days (two new terminals a day); a third of a customer's payments for 14 days, five times as high
 * (three new customers a day).
 */
export function makePayments(seed: number, { customers, terminals, days }: PaymentOptions): Payment[] {
  const random = new RandomSource(seed);
  const places = Array.from({ length: terminals }, () => [random.next() * 100, random.next() * 100] as const);
  const people = Array.from({ length: customers }, () => {
    const [x, y] = [random.next() * 100, random.next() * 100];
    const near = places.flatMap(([px, py], index) => (Math.hypot(px - x, py - y) < 12 ? [index] : []));
    const mean = 5 + random.next() * 95;
    return { mean, deviation: mean / 2, rate: random.next() * 4, near, currency: random.chance(0.9) ? "EUR" : "USD" };
  });
  const stolen = new Map<number, number>();
  const cloned = new Map<number, number>();
  const payments: Payment[] = [];
  for (let day = 0; day < days; day++) {
    for (let index = 0; index < 2; index++) stolen.set(random.whole(0, terminals - 1), day + 28);
    for (let index = 0; index < 3; index++) cloned.set(random.whole(0, customers - 1), day + 14);
    const today: Payment[] = [];
    for (const [customer, { mean, deviation, rate, near, currency }] of people.entries()) {
      if (near.length === 0) continue;
      for (let left = drawPoisson(random, rate); left > 0; left--) {
        const second = random.normal(43_200, 20_000);
        if (second < 0 || second >= 86_400) continue;
        const terminal = random.pick(near);
        let amount = random.normal(mean, deviation);
        if (amount < 0) amount = random.next() * 2 * mean;
        let fraud: Fraud | undefined;
        if ((stolen.get(terminal) ?? -1) > day) fraud = "terminal";
        if ((cloned.get(customer) ?? -1) > day && random.chance(1 / 3)) {
          amount *= 5;
          fraud = "customer";
        }
        if (random.chance(0.0005)) {
          amount = 220 + random.exponential(120);
          fraud = "amount";
        }
        const atMs = START_MS + day * DAY_MS + Math.round(second * 1000);
        const event = {
          type: "payment",
          customer_id: `c${customer}`,
          terminal_id: `t${terminal}`,
          amount: amount.toFixed(2),
          currency,
          channel: random.pickSkewed(["chip", "contactless", "online"]),
        };
        today.push({ event, atMs, fraud });
      }
    }
    payments.push(...today.sort((a, b) => a.atMs - b.atMs));
  }
  return payments;
}

function drawPoisson(random: RandomSource, mean: number): number {
  const limit = Math.exp(-mean);
  let count = -1;
  for (let product = 1; product > limit; count++) product *= random.next();
  return count;
}
