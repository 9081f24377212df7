/** Where the shippers tell of changes of state; one line each. */
export interface Logger {
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
  /** What only those want to know who look for a mistake. */
  debug?(message: string): void;
}
