import type { Store, StoreEngine } from "../../model/store.ts";
export async function openPostgresEngine(config: { url: string; backupDir?: string }): Promise<StoreEngine> {
  throw new Error(`not there yet: ${config.url.length}`);
}
export async function openPostgresClient(url: string): Promise<Store> {
  throw new Error(`not there yet: ${url.length}`);
}
