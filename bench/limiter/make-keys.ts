/** IPv6 prefixes as fresh texts, as they come out of requests: a text that is looked up twice has its hash already. */
export function makeKeys(start: number, count: number): string[] {
  return Array.from({ length: count }, (_, index) => {
    const scrambled = Math.imul(start + index, 0x9e37_79b1) >>> 0;
    const network = `${(scrambled >>> 16).toString(16)}:${(scrambled & 0xffff).toString(16)}`;
    return Buffer.from(`2001:db8:${network}::/56`).toString();
  });
}
