import type { ComponentProps } from "react";
import { Icon, type IconName } from "./icon.tsx";

const TONES = {
  plain: "border-line bg-surface text-ink hover:bg-hover hover:border-strong",
  primary: "border-transparent bg-accent text-onaccent hover:opacity-90",
  quiet: "border-transparent text-muted hover:bg-hover hover:text-ink",
} as const;

type Props = ComponentProps<"button"> & { tone?: keyof typeof TONES; icon?: IconName; caret?: boolean };

export function Button({ tone = "plain", icon, caret, className, children, ...rest }: Props) {
  const square = children === undefined;
  return (
    <button
      type="button"
      {...rest}
      className={`inline-flex h-7 shrink-0 items-center justify-center gap-1.5 rounded-md border font-medium whitespace-nowrap transition-colors disabled:opacity-50 ${square ? "w-7" : "px-2.5"} ${TONES[tone]} ${className ?? ""}`}
    >
      {icon && <Icon name={icon} size={14} />}
      {children}
      {caret && <Icon name="down" size={12} className="-mr-0.5 opacity-70" />}
    </button>
  );
}
