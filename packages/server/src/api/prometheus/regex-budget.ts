import { badData } from "./query-error.ts";

/** Steps that all regular expressions of one query may take together: a fifth of a second. */
export class RegexBudget {
  private left = 20_000_000;

  spend(steps: number): void {
    this.left -= steps;
    if (this.left < 0) throw badData("the query's regular expressions cost too much; make them shorter");
  }
}
