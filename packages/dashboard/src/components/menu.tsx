import * as Dropdown from "@radix-ui/react-dropdown-menu";
import type { ReactElement, ReactNode } from "react";
import { Icon, type IconName } from "./icon.tsx";
import { Kbd } from "./kbd.tsx";

/** A button's menu, with the keyboard as everybody knows it. */
export function Menu(props: { trigger: ReactElement; children: ReactNode; align?: "start" | "end"; label?: string }) {
  return (
    <Dropdown.Root modal={false}>
      <Dropdown.Trigger asChild>{props.trigger}</Dropdown.Trigger>
      <Dropdown.Portal>
        <Dropdown.Content
          align={props.align ?? "start"}
          sideOffset={5}
          collisionPadding={8}
          className="animate-rise z-50 max-h-[70vh] min-w-48 overflow-y-auto rounded-lg border border-line bg-raised p-1 shadow-pop"
        >
          {props.label && (
            <Dropdown.Label className="px-2 pt-1 pb-1.5 text-tiny text-faint">{props.label}</Dropdown.Label>
          )}
          {props.children}
        </Dropdown.Content>
      </Dropdown.Portal>
    </Dropdown.Root>
  );
}

export function MenuItem(props: {
  children: ReactNode;
  onSelect: () => void;
  icon?: IconName;
  keys?: string;
  note?: ReactNode;
  checked?: boolean;
  disabled?: boolean;
}) {
  return (
    <Dropdown.Item
      disabled={props.disabled ?? false}
      onSelect={props.onSelect}
      className="flex h-7.5 cursor-pointer items-center gap-2 rounded-md px-2 outline-none select-none data-disabled:cursor-default data-disabled:text-faint data-highlighted:bg-hover"
    >
      {props.checked === undefined ? (
        props.icon && <Icon name={props.icon} size={14} className="text-muted" />
      ) : (
        <Icon name="check" size={14} className={props.checked ? "text-accent" : "invisible"} />
      )}
      <span className="clip flex-1">{props.children}</span>
      {props.note && <span className="text-small text-faint">{props.note}</span>}
      {props.keys && <Kbd keys={props.keys} />}
    </Dropdown.Item>
  );
}

export function MenuLine() {
  return <Dropdown.Separator className="my-1 h-px bg-line" />;
}
