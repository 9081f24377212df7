const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[?::1\]?)$/i;

/** Whether what listens on this address can be reached from this machine alone. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host);
}
