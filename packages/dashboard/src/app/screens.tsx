import { lazy, Suspense } from "react";
import { Link, Redirect, Route, Switch, useLocation, useSearch } from "wouter";
import { Empty } from "../components/empty.tsx";
import { Overview } from "../features/overview/overview.tsx";
import { keepScope } from "../lib/search-state.ts";
import { ErrorBoundary } from "./error-boundary.tsx";
import { loadIssue, loadIssues, loadLive, loadProtection } from "./load-screen.ts";

const Issues = lazy(loadIssues);
const Issue = lazy(loadIssue);
const Live = lazy(loadLive);
const Protection = lazy(loadProtection);

/** The screens by their address. */
export function Screens() {
  const search = useSearch();
  const [path] = useLocation();
  return (
    <ErrorBoundary place={path}>
      <Suspense fallback={null}>
        <Switch>
          <Route path="/" component={Overview} />
          <Route path="/issues" component={Issues} />
          <Route path="/issues/:id">{(params) => <Issue key={params.id} id={Number(params.id)} />}</Route>
          <Route path="/live" component={Live} />
          <Route path="/protection" component={Protection} />
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
    </ErrorBoundary>
  );
}
