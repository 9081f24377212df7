import { useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import type { SessionAnswer } from "@gatewatch/protocol";
import { Button } from "../../components/button.tsx";
import { Mark } from "../../components/mark.tsx";
import { Progress } from "../../components/progress.tsx";
import { callApi } from "../../lib/api-client.ts";
import { SESSION_PATH } from "../../lib/api-paths.ts";
import { beginSession } from "../../lib/session-end.ts";
import { useTitle } from "../../lib/use-title.ts";

/** The door. Who has no password comes in by the one-time link that the server prints. */
export function SignIn() {
  useTitle("Sign in");
  const client = useQueryClient();
  const [failure, setFailure] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    setBusy(true);
    setFailure(null);
    try {
      const body = { email: String(form.get("email")), password: String(form.get("password")) };
      const answer = await callApi<SessionAnswer>(SESSION_PATH, { method: "POST", body });
      beginSession(client, answer);
    } catch (error) {
      setFailure(error instanceof Error ? error.message : "Signing in did not work.");
      setBusy(false);
    }
  };
  return (
    <main className="grid h-full place-items-center overflow-y-auto p-4">
      <div className="w-full max-w-80">
        <div className="flex items-center gap-3 pb-6">
          <Mark size={30} />
          <h1 className="text-title font-semibold tracking-tight">Sign in to Gatewatch</h1>
        </div>
        <form onSubmit={(event) => void submit(event)} className="flex flex-col gap-3.5">
          <Field name="email" label="E-mail" type="email" autoComplete="username" invalid={failure !== null} />
          <Field
            name="password"
            label="Password"
            type="password"
            autoComplete="current-password"
            invalid={failure !== null}
          />
          <div role="alert" id="sign-in-failure" className="min-h-5 text-bad">
            {failure}
          </div>
          <Button type="submit" tone="primary" disabled={busy} className="h-9">
            {busy ? "Signing in" : "Sign in"}
          </Button>
          {busy && <Progress label="Signing in" />}
        </form>
        <p className="pt-6 text-small text-muted">
          First time here, or no password? On the server's machine,{" "}
          <code className="font-mono text-ink">npm start</code> in the clone, or{" "}
          <code className="font-mono text-ink">gatewatch start --sign-in-link</code>, prints a one-time link that signs
          you in.
        </p>
      </div>
    </main>
  );
}

function Field(props: { name: string; label: string; type: string; autoComplete: string; invalid: boolean }) {
  return (
    <label className="flex flex-col gap-1 font-medium">
      {props.label}
      <input
        required
        name={props.name}
        type={props.type}
        autoComplete={props.autoComplete}
        aria-invalid={props.invalid}
        aria-describedby="sign-in-failure"
        className="h-9 rounded-md border border-strong bg-surface px-2.5 font-normal"
      />
    </label>
  );
}
