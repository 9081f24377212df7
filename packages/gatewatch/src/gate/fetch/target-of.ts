/** The target within an absolute address: from the first slash after the host on, without a fragment. */
export function targetOf(address: string): string {
  const host = address.indexOf("//") + 2;
  const slash = address.indexOf("/", host);
  if (slash === -1) return "/";
  const hash = address.indexOf("#", slash);
  return hash === -1 ? address.slice(slash) : address.slice(slash, hash);
}
