/** An empty PostgreSQL on a free port; rejects with the code `service_missing` where none is installed. */
export async function openOwnPostgres(): Promise<{ url: string; stop(): Promise<void> }> {
  // The launcher's scripts are plain JavaScript without types.
  const script = new URL("../../tools/services/start-postgres.mjs", import.meta.url).href;
  const { startPostgres } = (await import(script)) as { startPostgres: typeof openOwnPostgres };
  return startPostgres();
}
