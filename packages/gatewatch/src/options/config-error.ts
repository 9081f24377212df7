export const CONFIG_ERROR_CODES = ["unknown_option", "invalid_option", "unsafe_option"] as const;
export type ConfigErrorCode = (typeof CONFIG_ERROR_CODES)[number];

/** Thrown at start for a mistake in options given by code; says which option, what was found and what is allowed. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly code: ConfigErrorCode;
  readonly option: string;

  constructor(code: ConfigErrorCode, option: string, message: string) {
    super(message);
    this.code = code;
    this.option = option;
  }
}
