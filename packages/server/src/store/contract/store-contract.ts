import { afterAll, beforeAll, describe } from "vitest";
import type { StoreEngine } from "../../model/store.ts";
import { anomaliesContract } from "./anomalies-contract.ts";
import { clientsContract } from "./clients-contract.ts";
import { controlContract } from "./control-contract.ts";
import { digestContract } from "./digest-contract.ts";
import { issuesContract } from "./issues-contract.ts";
import { maintenanceContract } from "./maintenance-contract.ts";
import { outboxContract } from "./outbox-contract.ts";
import { regroupContract } from "./regroup-contract.ts";
import type { CreateHarness, StoreHarness } from "./store-harness.ts";
import { telemetryContract } from "./telemetry-contract.ts";

/** What every engine of the store does; `create` prepares one engine for the whole suite. */
export function storeContract(name: string, create: CreateHarness): void {
  describe(`${name} store`, () => {
    let harness: StoreHarness;
    let store: StoreEngine;
    beforeAll(async () => {
      harness = await create();
      store = await harness.open();
    });
    afterAll(() => harness.cleanUp());

    describe("control", () => {
      controlContract(() => store);
    });
    describe("digest", () => {
      digestContract(() => store);
    });
    describe("issues", () => {
      issuesContract(() => store);
    });
    describe("regroup", () => {
      regroupContract(() => store);
    });
    describe("telemetry", () => {
      telemetryContract(() => store);
    });
    describe("anomalies", () => {
      anomaliesContract(() => store);
    });
    describe("clients", () => {
      clientsContract(() => store);
    });
    describe("outbox and budget", () => {
      outboxContract(() => store);
    });
    describe("maintenance", () => {
      maintenanceContract(() => harness);
    });
  });
}
