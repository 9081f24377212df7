/** pino, bunyan, winston, console, or anything like them. pino and bunyan get `(fields, message)`, all others `(message, fields)`. */
export interface UserLogger {
  info(...args: never[]): unknown;
  warn(...args: never[]): unknown;
  error(...args: never[]): unknown;
}
