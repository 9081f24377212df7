/** Work of one process that must not run beside its own kind: each key's tasks run one after the other, in order. */
export class Turns {
  private readonly last = new Map<string, Promise<unknown>>();

  /** Runs `work` once everything given before under this key has ended, however it ended. */
  take<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.last.get(key);
    const turn = before === undefined ? work() : before.then(work, work);
    const forget = (): void => {
      if (this.last.get(key) === turn) this.last.delete(key);
    };
    this.last.set(key, turn);
    turn.then(forget, forget);
    return turn;
  }
}
