import { lazy, Suspense } from "react";
import { Link, Redirect, Route, Switch, useSearch } from "wouter";
import { Empty } from "../components/empty.tsx";
import { Overview } from "../features/overview/overview.tsx";
import { keepScope } from "../lib/search-state.ts";

const Issues = lazy(async () => ({ default: (await import("../features/issues/issues.tsx")).Issues }));
const Issue = lazy(async () => ({ default: (await import("../features/issue/issue.tsx")).Issue }));
const Live = lazy(async () => ({ default: (await import("../features/live/live.tsx")).Live }));

/** The screens by their address. */
export function Screens() {
  const search = useSearch();
  return (
    <Suspense fallback={null}>
      <Switch>
        <Route path="/" component={Overview} />
        <Route path="/issues" component={Issues} />
        <Route path="/issues/:id">{(params) => <Issue key={params.id} id={Number(params.id)} />}</Route>
        <Route path="/live" component={Live} />
        <Route path="/sign-in">
          <Redirect to="/" replace />
        </Route>
        <Route>
          <Empty title="There is no such page">
            <Link href={`/${keepScope(search)}`} className="text-accent underline underline-offset-2">
              Go to the overview
            </Link>
          </Empty>
        </Route>
      </Switch>
    </Suspense>
  );
}
