import { it } from "vitest";

type Register = (name: string, run: () => Promise<void>) => void;

/** Registers a test for those drivers alone whose protocol or framework has the thing at all: elsewhere there is nothing to skip. */
export const itWhere = (applies: boolean, ...test: Parameters<Register>): void => {
  const register: Register = applies ? it : () => undefined;
  register(...test);
};
