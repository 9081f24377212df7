import { QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { TipProvider } from "../components/tip.tsx";
import { queryClient } from "../lib/queries.ts";
import { followSession } from "../lib/session-end.ts";
import { App } from "./app.tsx";
import "./styles.css";

const root = document.getElementById("root");
if (root) {
  followSession(queryClient);
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={queryClient}>
        <TipProvider delayDuration={350} skipDelayDuration={200}>
          <App />
        </TipProvider>
      </QueryClientProvider>
    </StrictMode>,
  );
}
