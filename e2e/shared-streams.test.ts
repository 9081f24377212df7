import { afterAll, beforeAll, expect, test } from "vitest";
import { poll } from "./support/poll.ts";
import { startGatewatch, type RunningServer } from "./support/start-gatewatch.ts";
import { startProcess, type RunningProcess } from "./support/start-process.ts";

interface Found {
  status: string;
  anomalies: { block: boolean; why: string; findings: { field: string }[] }[];
}

let server: RunningServer;
let token: string;
const apps: RunningProcess[] = [];

beforeAll(async () => {
  server = await startGatewatch();
  ({ token } = server.command<{ token: string }>("token", "create", "--scope", "ingest", "--project", "shop"));
});
afterAll(async () => {
  await Promise.all(apps.map((app) => app.stop("SIGKILL")));
  await server?.remove();
});

async function startApp(): Promise<<Answer>(path: string, body: unknown) => Promise<Answer>> {
  const app = startProcess("e2e/support/detecting-app.ts", [], { GATEWATCH_URL: server.url, GATEWATCH_TOKEN: token });
  apps.push(app);
  const url = await app.waitForLine((line) => /^app listening on (\S+)/.exec(line)?.[1]);
  return async <Answer>(path: string, body: unknown) => {
    const options = { method: "POST", body: JSON.stringify(body), headers: { connection: "close" } };
    return (await (await fetch(url + path, options)).json()) as Answer;
  };
}

const paymentAt = (index: number) => ({
  type: "payment",
  user_id: `u${(index * 7) % 90}`,
  amount: (10 + ((index * 37) % 300)).toFixed(2),
  currency: index % 4 === 0 ? "USD" : "EUR",
  holder: `${["Ana Ruiz", "Luis Gil", "Eva Sanz"][index % 3]} ${index % 40}`,
});
const ODD = { ...paymentAt(3), currency: "XXX", is_admin: true };

test("three processes learn as one, and a fourth is ready as soon as it starts", async () => {
  const [one, two, three] = await Promise.all([startApp(), startApp(), startApp()]);
  const [payment] = [paymentAt(5)];
  for (const ask of [two, three])
    expect(await ask<Found>("/detect", payment)).toEqual({ status: "calibrating", anomalies: [] });
  for (let from = 0; from < 900; from += 100)
    await one(
      "/detect",
      Array.from({ length: 100 }, (_, index) => paymentAt(from + index)),
    );
  await one("/close", {});

  const four = await startApp();
  let asked = 0;
  await poll(
    "a detector that is ready",
    () => (asked++, four<Found>("/detect", paymentAt(asked))),
    ({ status }) => status === "ready",
  );
  expect(asked).toBeLessThan(50);
  const { anomalies } = await four<Found>("/detect", ODD);
  expect(anomalies).toHaveLength(1);
  expect(anomalies[0]!.findings.map(({ field }) => field)).toEqual(expect.arrayContaining(["currency", "is_admin"]));
  expect(await four("/stats", {})).toMatchObject({ shareAdopted: 1, shareDamaged: 0, shareFailures: 0 });

  // The server has learned the same, and is asked with the same token.
  const remotely = await four<Found>("/detect-remotely", ODD);
  expect(remotely).toMatchObject({ status: "ready", anomalies: [{ why: expect.any(String) as string }] });

  // Those that were there before take it over as well.
  const isReady = ({ status }: Found): boolean => status === "ready";
  await Promise.all(
    [two, three].map((ask) => poll("a detector that is ready", () => ask<Found>("/detect", payment), isReady)),
  );
});
