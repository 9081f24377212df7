import { setTimeout as delay } from "node:timers/promises";

export interface TrafficOptions {
  baseUrl: string;
  /** Visits in all; one visit makes one to six requests. */
  visits: number;
  /** Mean pause between the starts of two visits, in milliseconds. */
  pauseMs: number;
  signal: AbortSignal;
  /** 0 ≤ x < 1; deterministic in tests. */
  random?: () => number;
}

type Visit = (send: Send, random: () => number) => Promise<void>;
type Send = (method: string, path: string, body?: unknown, headers?: Record<string, string>) => Promise<void>;

const AGENTS = [
  "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
  "Mozilla/5.0 (Macintosh; Intel Mac OS X 15_1) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15",
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36",
];
const PEOPLE = ["ada", "grace", "linus"];
const ADDRESS = { street: "Canal Row 7", postcode: "10115" };

const pick = <T>(items: readonly T[], random: () => number): T => items[Math.floor(random() * items.length)]!;

const browse: Visit = async (send, random) => {
  await send("GET", "/");
  await send("GET", "/products");
  await send("GET", `/products?q=${pick(["lamp", "pen", "mug"], random)}`);
  await send("GET", `/products/${1 + Math.floor(random() * 6)}`);
};
const buy: Visit = async (send, random) => {
  const person = pick(PEOPLE, random);
  const headers = { authorization: `Bearer token-${person}` };
  const items = [{ id: 1 + Math.floor(random() * 5), quantity: 1 + Math.floor(random() * 3) }];
  await send("POST", "/login", { username: person, password: "correct horse" });
  await send("GET", `/products/${items[0]!.id}`, undefined, headers);
  await send("POST", "/cart/total", { items }, headers);
  await send("POST", "/orders", { items, address: ADDRESS }, headers);
};
const giftCard: Visit = async (send, random) => {
  const headers = { authorization: `Bearer token-${pick(PEOPLE, random)}` };
  await send("POST", "/cart/total", { items: [{ id: 6, quantity: 1 }], coupon: "WELCOME" }, headers);
};
const hoard: Visit = async (send, random) => {
  await send("POST", "/orders", {
    items: [{ id: pick([1, 3], random), quantity: 4 + Math.floor(random() * 9) }],
    address: ADDRESS,
  });
};
const pay: Visit = async (send, random) => {
  await send("POST", `/orders/${1000 + Math.floor(random() * 9000)}/pay`, { card: "4111 1111 1111 1111" });
};
const mistype: Visit = async (send, random) => {
  const postcode = pick(["1011", "ABCDE", ""], random);
  await send("POST", "/orders", { items: [{ id: 2, quantity: 1 }], address: { ...ADDRESS, postcode } });
};
const report: Visit = async (send) => {
  await send("GET", "/reports/sales");
};
const scan: Visit = async (send, random) => {
  for (const path of ["/wp-login.php", "/.env", `/admin-${Math.floor(random() * 1e4)}.php`]) await send("GET", path);
};

/** Each planted bug comes once among the first visits; afterwards at random. */
const OPENING: Visit[] = [browse, giftCard, buy, hoard, pay, mistype, report, scan];
const LATER: [Visit, number][] = [
  [browse, 0.46],
  [buy, 0.3],
  [giftCard, 0.06],
  [hoard, 0.04],
  [pay, 0.05],
  [mistype, 0.04],
  [report, 0.02],
  [scan, 0.03],
];

function nextVisit(index: number, random: () => number): Visit {
  const opening = OPENING[index];
  if (opening !== undefined) return opening;
  let rest = random();
  for (const [visit, weight] of LATER) {
    rest -= weight;
    if (rest < 0) return visit;
  }
  return browse;
}

/** Sends real HTTP requests as visitors of the shop would, until `visits` are done or `signal` aborts. Returns how many requests were answered. */
export async function runTraffic(options: TrafficOptions): Promise<number> {
  const random = options.random ?? Math.random;
  let answered = 0;
  const send: Send = async (method, path, body, headers = {}) => {
    const response = await fetch(new URL(path, options.baseUrl), {
      method,
      signal: options.signal,
      headers: {
        "user-agent": pick(AGENTS, random),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    await response.arrayBuffer();
    answered++;
  };
  for (let index = 0; index < options.visits && !options.signal.aborted; index++) {
    try {
      await nextVisit(index, random)(send, random);
      await delay(options.pauseMs * (0.5 + random()), undefined, { signal: options.signal });
    } catch (error) {
      if (options.signal.aborted) break;
      // The shop is restarting or gone: the next visit tries again.
      if (!(error instanceof TypeError)) throw error;
      await delay(options.pauseMs, undefined, { signal: options.signal }).catch(() => undefined);
    }
  }
  return answered;
}
