/** Puts into one message what the worker knows, for pages to show. */

import { recalledLabel } from "./cover.ts";
import type { Entry } from "./formats.ts";
import type { Offline, Status, Trying } from "./messages.ts";
import { activeNotices, type Kept } from "./state.ts";

/** How far a running save has come, in objects and uncompressed bytes. */
export interface Progress {
  stored: number;
  total: number;
  bytes: number;
}

/** `progress` is that of a running save, undefined when none runs. */
export function statusOf(kept: Kept, progress: Progress | undefined): Omit<Status, "forgotten"> {
  const { head, release, check } = kept;
  const shown = progress ?? (release ? wholeOf(distinctObjects(release.entries.values())) : undefined);
  return {
    type: "status",
    offline: offline(kept, progress !== undefined),
    release: release?.manifest ?? null,
    sequence: head?.sequence ?? null,
    issued: head?.issued ?? null,
    stored: shown?.stored ?? 0,
    total: shown?.total ?? 0,
    bytes: shown?.bytes ?? 0,
    checkedAt: check?.checkedAt ?? null,
    contactAt: head?.contactAt ?? null,
    checkWithinDays: head?.checkWithinDays ?? null,
    changed: release?.changed ?? [],
    notes: release?.notes ?? [],
    recalls: activeNotices(kept)
      .filter((notice) => notice.kind === "recall")
      .map((notice) => ({ ...notice, label: recalledLabel(notice) })),
    reason: check?.reason ?? null,
    trying: trying(kept),
  };
}

/** One entry for each object, in order. */
export function distinctObjects(entries: Iterable<Entry>): Entry[] {
  const byObject = new Map<string, Entry>();
  for (const entry of entries) if (!byObject.has(entry.object)) byObject.set(entry.object, entry);
  return [...byObject.values()];
}

function trying({ head, release }: Kept): Trying | null {
  // Until the pages are the published ones again, whatever was asked for meanwhile.
  if (release?.tried && release.manifest !== head?.target) return { ...release.tried, here: true };
  if (!head?.trial) return null;
  const { banner, stop, target } = head.trial;
  return { banner, stop, here: target !== undefined && target === release?.manifest };
}

function offline({ release, check }: Kept, saving: boolean): Offline {
  if (release && check?.whole !== false) return "ready";
  if (saving) return "saving";
  return release || check?.reason ? "failed" : "none";
}

function wholeOf(entries: readonly Entry[]): Progress {
  return {
    stored: entries.length,
    total: entries.length,
    bytes: entries.reduce((sum, entry) => sum + entry.size, 0),
  };
}
