import { useCallback } from "react";
import { useLocation, useSearch } from "wouter";

type Changes = Record<string, string | null>;

/** The query of the address with the changes made; empty values leave it. */
export function changeSearch(search: string, changes: Changes): string {
  const params = new URLSearchParams(search);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === "") params.delete(name);
    else params.set(name, value);
  }
  return params.toString();
}

/** Filters live in the URL: reads them, and changes some of them without a new entry in the history. */
export function useSearchState(): [URLSearchParams, (changes: Changes) => void] {
  const search = useSearch();
  const [path, navigate] = useLocation();
  const change = useCallback(
    (changes: Changes) => {
      const next = changeSearch(search, changes);
      navigate(next ? `${path}?${next}` : path, { replace: true });
    },
    [search, path, navigate],
  );
  return [new URLSearchParams(search), change];
}

/** What every screen keeps when one goes to another: the project and the span of time. */
export function keepScope(search: string): string {
  const params = new URLSearchParams(search);
  const kept = new URLSearchParams();
  for (const name of ["project", "range"]) {
    const value = params.get(name);
    if (value) kept.set(name, value);
  }
  const text = kept.toString();
  return text ? `?${text}` : "";
}
