/** The words of Prometheus' own API, and one for credentials, which it leaves to proxies. */
const STATUS = {
  bad_data: 400,
  unauthorized: 401,
  forbidden: 403,
  execution: 422,
  internal: 500,
  unavailable: 503,
} as const;
type ErrorType = keyof typeof STATUS;

/** A question that cannot be answered, told as Prometheus tells it. */
export class QueryError extends Error {
  readonly type: ErrorType;
  readonly status: number;
  constructor(type: ErrorType, message: string) {
    super(message);
    this.name = "QueryError";
    this.type = type;
    this.status = STATUS[type];
  }
}

/** What is wrong stands in the question. */
export function badData(message: string): QueryError {
  return new QueryError("bad_data", message);
}

/** The same of a parameter. */
export function badParameter(name: string, message: string): QueryError {
  return badData(`invalid parameter "${name}": ${message}`);
}

export function tooMuch(): QueryError {
  return new QueryError(
    "execution",
    "query processing would load too many samples into memory in query execution; ask for fewer routes, a shorter time or a longer step",
  );
}
