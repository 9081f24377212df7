import { expect, test } from "vitest";
import type { CredentialRecord, StoreEngine } from "../../model/store.ts";
import { createProject, DAY_MS, newHash, NOON } from "./fixtures.ts";

export function controlContract(store: () => StoreEngine): void {
  const control = () => store().control;

  test("a new store has the project `default` with id 1", async () => {
    expect(await control().getProject(1)).toMatchObject({ id: 1, slug: "default", settings: {} });
    expect((await control().listProjects())[0]).toMatchObject({ id: 1 });
  });

  test("createProject() returns the existing project when the slug is taken", async () => {
    const first = await control().createProject({ name: "Shop", slug: "shop", at: NOON });
    const second = await control().createProject({ name: "Other", slug: "shop", at: NOON + 1 });
    expect(second).toEqual(first);
    expect(await control().findProject("shop")).toEqual(first);
    expect(await control().findProject("missing")).toBeNull();
  });

  test("updateProject() changes only what is given", async () => {
    const id = await createProject(store());
    const renamed = await control().updateProject(id, { name: "New name" });
    const configured = await control().updateProject(id, { settings: { retention: 7 } });
    expect(renamed).toMatchObject({ name: "New name", settings: {} });
    expect(configured).toMatchObject({ name: "New name", settings: { retention: 7 } });
    expect(await control().updateProject(id, {})).toEqual(configured);
    const keys = Array.from({ length: 8 }, (_, index) => `key${index}`);
    await Promise.all(keys.map((key) => control().updateProject(id, { settings: { [key]: true } })));
    expect((await control().getProject(id))?.settings).toEqual({
      retention: 7,
      ...Object.fromEntries(keys.map((key) => [key, true])),
    });
    expect(await control().updateProject(999_999, { name: "x" })).toBeNull();
  });

  function credential(projectId: number, values: Partial<CredentialRecord> = {}) {
    const { id: _id, lastUsedAt: _used, revokedAt: _revoked, ...rest } = values;
    return {
      projectId,
      kind: "token" as const,
      scope: "ingest" as const,
      name: "shop",
      lookup: newHash() + newHash(),
      hint: "gatewatch_in_…abcd",
      sealed: null,
      createdAt: NOON,
      ...rest,
    };
  }

  test("a credential is found by its lookup, with a sealed secret kept byte for byte", async () => {
    const projectId = await createProject(store());
    const created = await control().createCredential(
      credential(projectId, { kind: "clientSecret", sealed: new Uint8Array([0, 255, 1]) }),
    );
    expect(created.id).toBeGreaterThan(0);
    expect(await control().findCredential(created.lookup)).toEqual(created);
    expect(created.sealed).toEqual(new Uint8Array([0, 255, 1]));
    expect(await control().findCredential("unknown")).toBeNull();
  });

  test("two credentials cannot have one lookup", async () => {
    const projectId = await createProject(store());
    const row = credential(projectId);
    await control().createCredential(row);
    await expect(control().createCredential(row)).rejects.toMatchObject({ name: "StoreError" });
  });

  test("revokeCredential() revokes once, and never for another project", async () => {
    const projectId = await createProject(store());
    const stranger = await createProject(store());
    const { id, lookup } = await control().createCredential(credential(projectId));
    expect(await control().revokeCredential(id, stranger, NOON)).toBe(false);
    expect(await control().revokeCredential(id, projectId, NOON)).toBe(true);
    expect(await control().revokeCredential(id, null, NOON + 1)).toBe(false);
    expect(await control().findCredential(lookup)).toMatchObject({ revokedAt: NOON });
  });

  test("listCredentials() lists one project or all", async () => {
    const projectId = await createProject(store());
    const stranger = await createProject(store());
    const mine = await control().createCredential(credential(projectId));
    const theirs = await control().createCredential(credential(stranger));
    expect(await control().listCredentials(projectId)).toEqual([mine]);
    expect(await control().listCredentials(null)).toEqual(expect.arrayContaining([mine, theirs]));
  });

  test("touchCredentials() never moves a use back in time", async () => {
    const projectId = await createProject(store());
    const { id, lookup } = await control().createCredential(credential(projectId));
    await control().touchCredentials([{ id, at: NOON + 5 }]);
    await control().touchCredentials([{ id, at: NOON }]);
    expect(await control().findCredential(lookup)).toMatchObject({ lastUsedAt: NOON + 5 });
  });

  test("a user's address is taken whatever its case", async () => {
    const before = await control().countUsers();
    const user = await control().createUser({
      email: "Ada@Example.org",
      name: "Ada",
      role: "admin",
      passwordHash: null,
      createdAt: NOON,
    });
    expect(await control().createUser({ ...user!, email: "ada@example.org" })).toBeNull();
    expect(await control().findUser("ADA@example.org")).toEqual(user);
    expect(await control().getUser(user!.id)).toEqual(user);
    expect(await control().countUsers()).toBe(before + 1);
    await control().setPassword(user!.id, "$argon2id$x");
    expect(await control().getUser(user!.id)).toMatchObject({ passwordHash: "$argon2id$x" });
  });

  test("sessions are kept, touched, listed and ended", async () => {
    const session = {
      id: newHash(),
      userId: 77,
      createdAt: NOON,
      lastSeenAt: NOON,
      expiresAt: NOON + 10,
      userAgent: null,
    };
    const later = { ...session, id: newHash(), createdAt: NOON + 1, userAgent: "Browser" };
    await control().createSession(session);
    await control().createSession(later);
    await control().touchSession(session.id, NOON + 2, NOON + 20);
    expect(await control().findSession(session.id)).toEqual({ ...session, lastSeenAt: NOON + 2, expiresAt: NOON + 20 });
    expect((await control().listSessions(77)).map((row) => row.id)).toEqual([later.id, session.id]);
    await control().deleteSession(session.id);
    expect(await control().findSession(session.id)).toBeNull();
    await control().deleteSessionsOf(77);
    expect(await control().listSessions(77)).toEqual([]);
  });

  test("a one-time link is taken by exactly one of many callers", async () => {
    const link = { id: newHash(), purpose: "sign-in" as const, userId: 5, expiresAt: NOON + DAY_MS };
    await control().createOneTimeLink(link);
    expect(await control().findOneTimeLink(link.id, NOON)).toEqual(link);
    const taken = await Promise.all(Array.from({ length: 20 }, () => control().takeOneTimeLink(link.id, NOON)));
    expect(taken.filter((result) => result !== null)).toEqual([link]);
    expect(await control().findOneTimeLink(link.id, NOON)).toBeNull();
  });

  test("an expired one-time link can be neither seen nor taken", async () => {
    const link = { id: newHash(), purpose: "first-admin" as const, userId: null, expiresAt: NOON };
    await control().createOneTimeLink(link);
    expect(await control().findOneTimeLink(link.id, NOON)).toBeNull();
    expect(await control().takeOneTimeLink(link.id, NOON)).toBeNull();
  });

  test("a setting is any JSON, overwritten whole", async () => {
    const key = `setting-${newHash()}`;
    expect(await control().getSetting(key)).toBeNull();
    await control().setSetting(key, { deep: [1, "two", null] });
    await control().setSetting(key, ["new"]);
    expect(await control().getSetting(key)).toEqual(["new"]);
  });

  test("a setting is replaced only while it is what was read", async () => {
    const key = `setting-${newHash()}`;
    const races = [1, 2, 3, 4].map((value) => control().replaceSetting(key, null, { at: value, list: [[1, null]] }));
    expect((await Promise.all(races)).filter(Boolean)).toHaveLength(1);
    const first = await control().getSetting(key);
    const again = [5, 6, 7, 8].map((at) => control().replaceSetting(key, first, { at }));
    expect((await Promise.all(again)).filter(Boolean)).toHaveLength(1);
    expect(await control().replaceSetting(key, first, { at: 9 })).toBe(false);
    expect(await control().getSetting(key)).not.toEqual({ at: 9 });
  });

  test("channels are created, changed, reported on and deleted", async () => {
    const created = await control().createChannel({ kind: "slack", name: "Ops", enabled: true, config: { url: "x" } });
    expect(await control().updateChannel(created.id, { enabled: false })).toEqual({ ...created, enabled: false });
    await control().recordChannelResult(created.id, NOON, "refused");
    await control().recordChannelResult(created.id, NOON + 1, null);
    expect((await control().listChannels()).find((row) => row.id === created.id)).toMatchObject({
      lastFailureAt: NOON,
      lastFailure: "refused",
      lastSuccessAt: NOON + 1,
    });
    expect(await control().deleteChannel(created.id)).toBe(true);
    expect(await control().deleteChannel(created.id)).toBe(false);
    expect(await control().updateChannel(created.id, { name: "x" })).toBeNull();
    const next = await control().createChannel({ kind: "slack", name: "Next", enabled: true, config: {} });
    expect(next.id, "ids are never given twice").toBeGreaterThan(created.id);
  });

  test("alert rules belong to their project", async () => {
    const projectId = await createProject(store());
    const stranger = await createProject(store());
    const rule = await control().createAlertRule({
      projectId,
      enabled: true,
      name: "Many errors",
      when: { kind: "errorCount", threshold: 5, windowMs: 60_000 },
      channels: [1, 2],
      cooldownMs: 1_000,
    });
    expect(await control().listAlertRules(projectId)).toEqual([rule]);
    expect(await control().listAlertRules(stranger)).toEqual([]);
    expect(await control().listAlertRules(null)).toContainEqual(rule);
    expect(await control().updateAlertRule(rule.id, stranger, { name: "x" })).toBeNull();
    expect(await control().updateAlertRule(rule.id, projectId, { channels: [], enabled: false })).toEqual({
      ...rule,
      channels: [],
      enabled: false,
    });
    expect(await control().deleteAlertRule(rule.id, stranger)).toBe(false);
    expect(await control().deleteAlertRule(rule.id, projectId)).toBe(true);
  });

  test("hostile text is stored as it is, but for U+0000", async () => {
    const projectId = await createProject(store());
    const name = "'; drop table issue; -- \u202E %_\\ \uD83D\uDE00";
    expect(await control().updateProject(projectId, { name })).toMatchObject({ name });
    expect(await control().updateProject(projectId, { name: "a\0b" })).toMatchObject({ name: "a\uFFFDb" });
    await control().addAudit({ at: NOON, actor: name, action: "rename", projectId, detail: { name: "a\0b" } });
  });
}
