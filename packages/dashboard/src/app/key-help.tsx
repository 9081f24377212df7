import { Button } from "../components/button.tsx";
import { Kbd } from "../components/kbd.tsx";
import { Modal } from "../components/modal.tsx";
import { COMMAND_KEY } from "./use-command-key.ts";

const GROUPS: { name: string; keys: [keys: string, what: string][] }[] = [
  {
    name: "Anywhere",
    keys: [
      ["g o", "Overview"],
      ["g i", "Issues"],
      ["g p", "Protection"],
      ["g l", "Live"],
      [COMMAND_KEY, "Search and commands"],
      ["/", "Filter"],
      ["?", "These keys"],
      ["Esc", "Back, where you were"],
    ],
  },
  {
    name: "In lists",
    keys: [
      ["j", "Next"],
      ["k", "Previous"],
      ["x", "Select"],
      ["o", "Open (or Enter)"],
    ],
  },
  {
    name: "On an issue",
    keys: [
      ["e", "Resolve"],
      ["m", "Ignore"],
      ["u", "Reopen"],
      ["c", "Copy for AI"],
      ["[", "Older event"],
      ["]", "Newer event"],
    ],
  },
  {
    name: "On an anomaly",
    keys: [
      ["c", "It was real"],
      ["f", "False alarm"],
      ["d", "Dismiss"],
    ],
  },
  { name: "Live", keys: [["Space", "Pause and go on"]] },
];

export function KeyHelp({ onClose }: { onClose: () => void }) {
  return (
    <Modal label="Keys" onClose={onClose}>
      <header className="flex items-center justify-between border-b border-line py-2 pr-2 pl-4">
        <h2 className="text-lead font-semibold">Keys</h2>
        <Button tone="quiet" icon="close" aria-label="Close" onClick={onClose} />
      </header>
      <div className="grid gap-x-8 gap-y-4 overflow-y-auto p-4 sm:grid-cols-2">
        {GROUPS.map((group) => (
          <section key={group.name}>
            <h3 className="heading pb-1">{group.name}</h3>
            <dl>
              {group.keys.map(([keys, what]) => (
                <div key={keys} className="flex h-7 items-center justify-between">
                  <dt className="order-last">
                    <Kbd keys={keys} />
                  </dt>
                  <dd>{what}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Modal>
  );
}
