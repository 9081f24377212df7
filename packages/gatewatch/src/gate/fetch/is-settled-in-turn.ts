/** Bodies in memory arrive after a few microtasks, and then no turn of the event loop is spent on them. */
const MICROTASKS = 8;

/** Whether the promise settles before the event loop has gone round once. Its rejection counts as handled. */
export async function isSettledInTurn(promise: Promise<unknown>): Promise<boolean> {
  const state = { isSettled: false };
  const settle = (): void => {
    state.isSettled = true;
  };
  promise.then(settle, settle);
  for (let round = 0; round < MICROTASKS && !state.isSettled; round++) await undefined;
  if (!state.isSettled) await nextTurn();
  return state.isSettled;
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    // Workers have no `setImmediate`.
    if (typeof setImmediate === "function") setImmediate(resolve);
    else setTimeout(resolve, 0);
  });
}
