import { useQuery } from "@tanstack/react-query";
import { useSearch } from "wouter";
import { Button } from "../components/button.tsx";
import { Empty } from "../components/empty.tsx";
import { SignIn } from "../features/sign-in/sign-in.tsx";
import { boot, sessionQuery } from "../lib/queries.ts";
import { ScopeContext } from "../lib/scope.ts";
import { resolveRange } from "../lib/time-range.ts";
import { Frame } from "./frame.tsx";
import { Screens } from "./screens.tsx";
import { Toasts } from "./toasts.tsx";

/** Signed in: the frame with its screens; else the door. */
export function App() {
  const session = useQuery(sessionQuery);
  const params = new URLSearchParams(useSearch());
  if (session.isError && session.data === undefined) {
    return (
      <main className="grid h-full place-items-center">
        <Empty title="The server does not answer">
          <p className="pb-3">{session.error.message}</p>
          <Button onClick={() => void session.refetch()}>Try again</Button>
        </Empty>
      </main>
    );
  }
  if (session.data === undefined) return null;
  if (session.data === null) return <SignIn />;

  const projects = session.data.projects;
  const asked = Number(params.get("project") ?? boot?.projectId);
  const project = projects.find((row) => row.id === asked) ?? projects[0];
  if (!project) {
    return (
      <main className="grid h-full place-items-center">
        <Empty title="No project yet">
          Make one on the machine of the server:{" "}
          <code className="font-mono">gatewatch token create --scope ingest</code>
        </Empty>
      </main>
    );
  }
  return (
    <ScopeContext value={{ session: session.data, project: project.id, range: resolveRange(params.get("range")) }}>
      <Frame>
        <Screens />
      </Frame>
      <Toasts />
    </ScopeContext>
  );
}
