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
            className="flex h-9 items-center gap-1.5 border-b-2 border-transparent px-2.5 font-medium whitespace-nowrap text-muted -outline-offset-3 hover:text-ink data-[state=active]:border-accent data-[state=active]:text-ink"
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
