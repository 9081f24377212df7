/** A channel's configuration that cannot be used: which key, what was given, what is allowed. */
export class ChannelConfigError extends Error {
  readonly key: string;
  constructor(key: string, problem: string) {
    super(`${key}: ${problem}`);
    this.name = "ChannelConfigError";
    this.key = key;
  }
}
