/** Epoch milliseconds; an argument wherever time decides, so that tests own it. */
export type Clock = () => number;
