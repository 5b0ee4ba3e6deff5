/** Covers recalled words in finished HTML, byte for byte as pwa/content/cover.py does. */

import type { Notice } from "./formats.ts";

const BLOCK = /^[a-z2-7]{7}$/;
const CELL = /<t[dh][ >]/g;
const DESCRIPTION = /<meta name="description"[^>]*>/g;
const LINKED_DATA = /<script type="application\/ld\+json"[^>]*>.*?<\/script>/gs;
const MONTHS = "January February March April May June July August September October November December".split(" ");

/**
 * Replaces every recalled passage of the page at `path`; untouched HTML comes back as the very same string.
 * The HTML keeps the promises of docs/release-format.md ("Recall notices"), so no parser is needed. An element
 * whose end cannot be found is covered up to the end of the page: too much rather than too little.
 */
export function cover(html: string, notices: readonly Notice[], path: string): string {
  let covered = html;
  for (const notice of notices) {
    if (notice.kind !== "recall") continue;
    if (notice.block === null) {
      if (notice.path === path) covered = coverElements(covered, / id="article"/g, notice);
    } else if (BLOCK.test(notice.block)) {
      const marker = new RegExp(` (?:id|data-block)="${notice.block}(?:-[0-9]+)?"`, "g");
      covered = coverElements(covered, marker, notice);
    }
  }
  return covered === html ? html : covered.replace(DESCRIPTION, "").replace(LINKED_DATA, "");
}

/** "Recalled on 22 November 2026." in plain text. */
export function recalledLabel(notice: Notice): string {
  const [year, month, day] = notice.issued.split("-").map(Number);
  return `Recalled on ${day} ${MONTHS[(month ?? 0) - 1]} ${year}.`;
}

function coverElements(html: string, marker: RegExp, notice: Notice): string {
  let result = "";
  let done = 0;
  for (;;) {
    marker.lastIndex = done;
    const match = marker.exec(html);
    if (!match) return result + html.slice(done);
    const after = match.index + match[0].length;
    const opening = html.lastIndexOf("<", match.index - 1);
    const opened = html.indexOf(">", after);
    const name = opening >= done && opened >= 0 ? tagName(html, opening, match.index) : undefined;
    if (name === undefined) {
      result += html.slice(done, after);
      done = after;
    } else if (html.slice(opening, opened).includes(' data-recalled="')) {
      result += html.slice(done, opened + 1);
      done = opened + 1;
    } else {
      const closing = closingTag(html, name, opened + 1);
      const content = name === "tr" ? inOneCell(html.slice(opened, closing), notice) : replacement(notice);
      result += `${html.slice(done, opened)} data-recalled="${escaped(notice.id)}">${content}`;
      done = closing;
    }
  }
}

/** The name of the tag that begins at `opening`, if it is still open at `inside`. */
function tagName(html: string, opening: number, inside: number): string | undefined {
  const end = html.indexOf(">", opening);
  if (end >= 0 && end < inside) return undefined;
  const tag = /<([a-z][a-z0-9]*) /y;
  tag.lastIndex = opening;
  return tag.exec(html)?.[1];
}

function inOneCell(row: string, notice: Notice): string {
  const cells = row.match(CELL)?.length;
  return cells ? `<td colspan="${cells}">${replacement(notice)}</td>` : replacement(notice);
}

/** Where the closing tag of the element opened just before `start` begins. */
function closingTag(html: string, name: string, start: number): number {
  const tags = new RegExp(`<(/?)${name}(?=[ >\\n\\t])`, "g");
  tags.lastIndex = start;
  let depth = 1;
  for (let tag = tags.exec(html); tag; tag = tags.exec(html)) {
    depth += tag[1] ? -1 : 1;
    if (depth === 0) return tag.index;
  }
  return html.length;
}

function replacement(notice: Notice): string {
  return (
    `<strong class="recalled-label">${recalledLabel(notice)}</strong> ` +
    `<span class="recalled-text">${escaped(notice.text)}</span>`
  );
}

function escaped(text: string): string {
  // The quotation mark too, so that a notice's own words can never look like an id.
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");
}
