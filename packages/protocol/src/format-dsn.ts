/** The DSN that clients of Sentry's language are given: `https://<key>@host[:port][/path]/<project>`. `server` is the address of the server. */
export function formatDsn(server: string, key: string, projectId: number): string {
  const { protocol, host, pathname } = new URL(server);
  return `${protocol}//${key}@${host}${pathname.replace(/\/+$/, "")}/${projectId}`;
}
