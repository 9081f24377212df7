import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { CredentialRecord, Store } from "../model/store.ts";
import { createMemoryShared } from "../shared/memory-shared.ts";
import { createAuthenticator, revokeCredential, type Authenticator } from "./authenticate.ts";
import { createDsnKey, createToken } from "./create-credential.ts";
import { createTokenText } from "./token-format.ts";

let now: number;
let rows: CredentialRecord[];
let questions: number;
let touches: { id: number; at: number }[][];
let held: Promise<void> | undefined;
let failure: Error | undefined;
let store: Pick<Store, "control">;
let authenticator: Authenticator;
const shared = createMemoryShared();

/** Only what authentication asks of the store; the whole of it is proven with the engines. */
function makeStore(): Pick<Store, "control"> {
  const control: Partial<Store["control"]> = {
    async findCredential(lookup) {
      questions += 1;
      if (failure !== undefined) throw failure;
      const found = rows.find((row) => row.lookup === lookup);
      const answer = found ? { ...found } : null;
      await held;
      return answer;
    },
    async createCredential(order) {
      const row = { ...order, id: rows.length + 1, lastUsedAt: null, revokedAt: null };
      rows.push(row);
      return row;
    },
    async revokeCredential(id, projectId, at) {
      const row = rows.find(
        (candidate) => candidate.id === id && (projectId ?? candidate.projectId) === candidate.projectId,
      );
      if (!row || row.revokedAt !== null) return false;
      row.revokedAt = at;
      return true;
    },
    async touchCredentials(uses) {
      touches.push(uses);
    },
  };
  return { control: control as Store["control"] };
}

beforeEach(() => {
  now = 1_000_000;
  rows = [];
  questions = 0;
  touches = [];
  held = undefined;
  failure = undefined;
  store = makeStore();
  authenticator = createAuthenticator({ store, shared, clock: () => now });
});
afterEach(() => authenticator.close());

const order = { projectId: 7, name: "app", at: 0 };
const bearer = (token: string) => `Bearer ${token}`;

test("a token proves its project and scope", async () => {
  const { token } = await createToken(store, { ...order, scope: "read" });
  const principal = { kind: "token", credentialId: 1, projectId: 7, scope: "read" };
  expect(await authenticator.authenticate(bearer(token))).toEqual(principal);
  expect(await authenticator.authenticate(`bearer ${token}`)).toEqual(principal);
  expect(rows[0]).toMatchObject({ hint: `gatewatch_rd_…${token.slice(-4)}` });
  expect(JSON.stringify(rows)).not.toContain(token);
});

test("the key of a dsn proves no token", async () => {
  const { token } = await createDsnKey(store, order);
  expect(await authenticator.authenticateSecret(token)).toEqual({ kind: "dsn", credentialId: 1, projectId: 7 });
});

describe("what is known", () => {
  test("is answered without waiting, for five seconds", async () => {
    const { token } = await createToken(store, { ...order, scope: "ingest" });
    expect(authenticator.authenticateNow(bearer(token))).toBeUndefined();
    await authenticator.authenticate(bearer(token));
    now += 4_999;
    expect(authenticator.authenticateNow(bearer(token))).toMatchObject({ projectId: 7 });
    expect(questions).toBe(1);
    now += 1;
    expect(authenticator.authenticateNow(bearer(token))).toBeUndefined();
  });

  test("is forgotten at once when it is revoked", async () => {
    const { token } = await createToken(store, { ...order, scope: "ingest" });
    await authenticator.authenticate(bearer(token));
    expect(await revokeCredential({ store, shared }, { id: 1, projectId: 7, at: now })).toBe(true);
    expect(await authenticator.authenticate(bearer(token))).toBeNull();
  });

  test("is not kept when the revocation came while the store was asked", async () => {
    const { token } = await createToken(store, { ...order, scope: "ingest" });
    const gate = Promise.withResolvers<void>();
    held = gate.promise;
    const asked = authenticator.authenticate(bearer(token));
    await revokeCredential({ store, shared }, { id: 1, projectId: null, at: now });
    gate.resolve();
    await asked;
    expect(authenticator.authenticateNow(bearer(token))).toBeUndefined();
    expect(await authenticator.authenticate(bearer(token))).toBeNull();
  });

  test("is asked of the store once, however many ask together", async () => {
    const { token } = await createToken(store, { ...order, scope: "ingest" });
    await Promise.all(Array.from({ length: 20 }, () => authenticator.authenticate(bearer(token))));
    expect(questions).toBe(1);
  });
});

describe("while the store is away", () => {
  test("whoever was known stays known; a stranger is an error, not a refusal", async () => {
    const { token } = await createToken(store, { ...order, scope: "ingest" });
    await authenticator.authenticate(bearer(token));
    failure = new Error("away");
    now += 60_000;
    expect(await authenticator.authenticate(bearer(token))).toMatchObject({ projectId: 7 });
    await expect(authenticator.authenticate(bearer(createTokenText("ingest")))).rejects.toBe(failure);
    failure = undefined;
    rows[0]!.revokedAt = now;
    now += 5_000;
    // Nobody waits for a store that has just been away: its answer counts from the next question on.
    await authenticator.authenticate(bearer(token));
    expect(await authenticator.authenticate(bearer(token))).toBeNull();
  });

  test("whoever was known is answered without waiting, for fifteen minutes", async () => {
    const { token } = await createToken(store, { ...order, scope: "ingest" });
    await authenticator.authenticate(bearer(token));
    failure = new Error("away");
    now += 5_000;
    await authenticator.authenticate(bearer(token));
    now += 5_000;
    const slow = Promise.withResolvers<void>();
    store.control.findCredential = async () => {
      questions += 1;
      await slow.promise;
      throw failure;
    };
    expect(await authenticator.authenticate(bearer(token))).toMatchObject({ projectId: 7 });
    expect(await authenticator.authenticate(bearer(token))).toMatchObject({ projectId: 7 });
    expect(questions).toBe(3);
    slow.resolve();
    now += 15 * 60_000;
    await expect(authenticator.authenticate(bearer(token))).rejects.toBe(failure);
  });

  test("a revocation heard before is not forgotten", async () => {
    const { token } = await createToken(store, { ...order, scope: "ingest" });
    await authenticator.authenticate(bearer(token));
    await revokeCredential({ store, shared }, { id: 1, projectId: 7, at: now });
    failure = new Error("away");
    await expect(authenticator.authenticate(bearer(token))).rejects.toBe(failure);
  });
});

describe("what is unknown", () => {
  test("is asked again after two seconds only", async () => {
    const token = bearer(createTokenText("ingest"));
    await authenticator.authenticate(token);
    expect(authenticator.authenticateNow(token)).toBeNull();
    await authenticator.authenticate(token);
    expect(questions).toBe(1);
    now += 2_000;
    await authenticator.authenticate(token);
    expect(questions).toBe(2);
  });

  test.each([
    undefined,
    "",
    "Bearer ",
    "Basic abc",
    `Bearer gatewatch_in_${"0".repeat(49)}`,
    `Bearer ${"x".repeat(300)}`,
    "Bearer short",
  ])("%j is refused without asking the store", async (header) => {
    expect(await authenticator.authenticate(header)).toBeNull();
    expect(questions).toBe(0);
  });
});

test("the time of last use is written in batches, once a minute and credential", async () => {
  const { token } = await createToken(store, { ...order, scope: "ingest" });
  for (let second = 0; second < 90; second++) {
    now += 1_000;
    await authenticator.authenticate(bearer(token));
  }
  await authenticator.flush();
  expect(touches).toEqual([[{ id: 1, at: 1_061_000 }]]);
  await authenticator.flush();
  expect(touches).toHaveLength(1);
});
