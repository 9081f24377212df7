import * as RadixTabs from "@radix-ui/react-tabs";
import type { ReactNode } from "react";

export interface Tab {
  id: string;
  name: string;
  count?: number | string | null;
  content: ReactNode;
}

/** Tabs over panels; only the chosen panel is drawn. */
export function Tabs(props: { label: string; tabs: Tab[]; value: string; onChange: (id: string) => void }) {
  return (
    <RadixTabs.Root value={props.value} onValueChange={props.onChange}>
      <RadixTabs.List aria-label={props.label} className="-ml-2.5 flex overflow-x-auto border-b border-line">
        {props.tabs.map((tab) => (
          <RadixTabs.Trigger
            key={tab.id}
            value={tab.id}
            className="relative after:absolute after:inset-x-2.5 after:bottom-0 after:h-0.5 after:rounded-full flex h-9 items-center gap-1.5 px-2.5 font-medium whitespace-nowrap text-muted -outline-offset-3 hover:text-ink data-[state=active]:text-ink data-[state=active]:after:bg-accent"
          >
            {tab.name}
            {tab.count != null && <span className="text-small font-normal text-faint">{tab.count}</span>}
          </RadixTabs.Trigger>
        ))}
      </RadixTabs.List>
      {props.tabs.map((tab) => (
        <RadixTabs.Content key={tab.id} value={tab.id} tabIndex={-1} className="pt-3 outline-none">
          {tab.content}
        </RadixTabs.Content>
      ))}
    </RadixTabs.Root>
  );
}
