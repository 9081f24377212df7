import type { IssueCommand, IssueDetail } from "@gatewatch/protocol";
import { useSearch, Link } from "wouter";
import { Ago } from "../../components/ago.tsx";
import { Badge } from "../../components/badge.tsx";
import { Button } from "../../components/button.tsx";
import { Icon } from "../../components/icon.tsx";
import { Menu, MenuItem, MenuLine } from "../../components/menu.tsx";
import { Tip } from "../../components/tip.tsx";
import { copyText } from "../../lib/copy-text.ts";
import { formatCount, formatMoment } from "../../lib/format.ts";
import { LEVEL_COLORS, SEVERITY_WORDS, STATE_WORDS } from "../../lib/issue-words.ts";
import { findLastList } from "../../lib/list-places.ts";
import { keepScope } from "../../lib/search-state.ts";

const HOUR_MS = 3_600_000;
const COUNTS = [10, 100, 1000];
const SPANS = [
  { name: "For an hour", ms: HOUR_MS },
  { name: "For a day", ms: 24 * HOUR_MS },
  { name: "For a week", ms: 7 * 24 * HOUR_MS },
];

interface Props {
  issue: IssueDetail;
  onCommand: (command: IssueCommand) => void;
  onCopy: () => void;
  onSplit: () => void;
}

/** What it is, where, in which state, and what can be done about it. */
export function IssueHead({ issue, onCommand, onCopy, onSplit }: Props) {
  const scope = keepScope(useSearch());
  const state = STATE_WORDS[issue.state];
  const severity = SEVERITY_WORDS[issue.severity];
  return (
    <header className="pt-3">
      <div className="flex flex-wrap items-center gap-x-2 gap-y-2">
        <Tip text="Back to the list" keys="Esc">
          <Link
            href={findLastList() || `/issues${scope}`}
            aria-label="Back to the list"
            className="-ml-1.5 grid size-7 place-items-center rounded-md text-muted hover:bg-hover hover:text-ink"
          >
            <Icon name="left" />
          </Link>
        </Tip>
        <Badge tone={state.tone}>{state.name}</Badge>
        <Badge tone={severity.tone}>{severity.name}</Badge>
        <StateNote issue={issue} />
        <span className="flex-1" />
        <div className="flex flex-wrap gap-1.5">
          {issue.state === "resolved" || issue.state === "ignored" ? (
            <Tip text="Reopen" keys="u">
              <Button icon="reopen" onClick={() => onCommand({ action: "reopen" })}>
                Reopen
              </Button>
            </Tip>
          ) : (
            <>
              <ResolveButtons onCommand={onCommand} />
              <IgnoreButtons onCommand={onCommand} />
            </>
          )}
          <Tip text="Copy as a prompt for a coding agent" keys="c">
            <Button icon="copy" onClick={onCopy}>
              Copy for AI
            </Button>
          </Tip>
          <Menu align="end" trigger={<Button icon="more" aria-label="More actions" />}>
            <MenuItem
              icon="external"
              onSelect={() => void copyText(`${location.origin}/issues/${issue.id}`, "Link copied")}
            >
              Copy the link
            </MenuItem>
            <MenuItem
              icon="split"
              disabled={issue.hashes.filter((hash) => hash.events > 0).length < 2}
              onSelect={onSplit}
            >
              Split
            </MenuItem>
          </Menu>
        </div>
      </div>
      <div className="flex gap-3 pt-2 pb-1">
        <span
          className={`mt-1 w-0.75 shrink-0 self-stretch rounded-full ${LEVEL_COLORS[issue.level]}`}
          title={issue.level}
        />
        <div className="min-w-0">
          <h1 className="line-clamp-3 text-title font-semibold break-words">{issue.title}</h1>
          <p className="flex flex-wrap items-baseline gap-x-4 pt-0.5 text-small text-muted">
            <span className="font-mono break-all">{issue.culprit}</span>
            <span>
              <Strong>{formatCount(issue.events)}</Strong> {issue.events === 1 ? "event" : "events"},{" "}
              <Strong>{formatCount(issue.users)}</Strong> {issue.users === 1 ? "user" : "users"}
            </span>
            <span>
              first <Ago time={issue.firstSeen} suffix />, last <Ago time={issue.lastSeen} suffix />
            </span>
          </p>
        </div>
      </div>
    </header>
  );
}

function Strong({ children }: { children: string }) {
  return <strong className="font-semibold text-ink">{children}</strong>;
}

function StateNote({ issue }: { issue: IssueDetail }) {
  const note =
    issue.state === "resolved"
      ? issue.resolveInNextRelease
        ? "until the next release"
        : issue.resolvedInRelease && `in ${issue.resolvedInRelease}`
      : issue.state === "ignored"
        ? issue.ignoreUntil
          ? `until ${formatMoment(issue.ignoreUntil)}`
          : issue.ignoreUntilCount && `until ${formatCount(issue.ignoreUntilCount)} events`
        : null;
  return note ? <span className="text-small text-muted">{note}</span> : null;
}

function ResolveButtons({ onCommand }: Pick<Props, "onCommand">) {
  return (
    <span className="flex">
      <Tip text="Resolve" keys="e">
        <Button tone="primary" icon="check" className="rounded-r-none" onClick={() => onCommand({ action: "resolve" })}>
          Resolve
        </Button>
      </Tip>
      <Menu
        align="end"
        trigger={
          <Button
            tone="primary"
            icon="down"
            aria-label="Ways to resolve"
            className="w-6! rounded-l-none border-l-onaccent/30!"
          />
        }
      >
        <MenuItem icon="check" keys="e" onSelect={() => onCommand({ action: "resolve" })}>
          Now
        </MenuItem>
        <MenuItem icon="check" onSelect={() => onCommand({ action: "resolve", inNextRelease: true })}>
          In the next release
        </MenuItem>
      </Menu>
    </span>
  );
}

function IgnoreButtons({ onCommand }: Pick<Props, "onCommand">) {
  return (
    <Menu
      align="end"
      trigger={
        <Button icon="mute" caret>
          Ignore
        </Button>
      }
    >
      <MenuItem icon="mute" keys="m" onSelect={() => onCommand({ action: "ignore" })}>
        For good
      </MenuItem>
      <MenuLine />
      {COUNTS.map((count) => (
        <MenuItem key={count} onSelect={() => onCommand({ action: "ignore", untilCount: count })}>
          Until {formatCount(count)} more events
        </MenuItem>
      ))}
      <MenuLine />
      {SPANS.map((span) => (
        <MenuItem key={span.ms} onSelect={() => onCommand({ action: "ignore", until: Date.now() + span.ms })}>
          {span.name}
        </MenuItem>
      ))}
    </Menu>
  );
}
