/** Hears of a promise that fails where none was expected: an `async` hook must not become an unhandled rejection of the app. */
export function catchLater(result: unknown, onFailure: (error: unknown) => void): void {
  if (result instanceof Promise) result.catch(onFailure);
}
