/** Draws points over days, or over days since a session, as a small picture; the numbers stand in the table beside it. */

const SVG = "http://www.w3.org/2000/svg";
const [WIDTH, HEIGHT] = [340, 190];
const EDGE = { left: 34, right: 10, top: 12, bottom: 26 };

export interface Plot {
  /** What the picture shows, in a sentence, for people who do not see it. */
  readonly label: string;
  readonly x: { readonly from: number; readonly to: number };
  readonly y: { readonly from: number; readonly to: number };
  readonly points: readonly { readonly x: number; readonly y: number; readonly hollow?: boolean }[];
  /** Whether points are joined in their order. Single points say nothing of what lies between them. */
  readonly joined: boolean;
  /** Upright marks: sessions. */
  readonly marks: readonly number[];
  /** Level lines with words at one end: the starting point, a published change. */
  readonly lines: readonly { readonly y: number; readonly words: string }[];
  /** Words below the axis, at its beginning and end. */
  readonly ends: readonly [string, string];
}

/** The picture. It is as wide as its place; colours and line widths are in the styles. */
export function draw(plot: Plot): SVGSVGElement {
  const across = scale(plot.x, EDGE.left, WIDTH - EDGE.right);
  const up = scale(plot.y, HEIGHT - EDGE.bottom, EDGE.top);
  const picture = shape("svg", {
    viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
    role: "img",
    "aria-label": plot.label,
    class: "chart",
  });
  const bottom = HEIGHT - EDGE.bottom;
  const right = WIDTH - EDGE.right;
  for (const value of new Set([plot.y.from, Math.round((plot.y.from + plot.y.to) / 2), plot.y.to])) {
    picture.append(
      line("chart-grid", EDGE.left, up(value), right, up(value)),
      words(String(value), EDGE.left - 6, up(value) + 4, "end"),
    );
  }
  picture.append(
    ...plot.marks.map((mark) => line("chart-mark", across(mark), EDGE.top, across(mark), bottom)),
    // Words at either end, since lines may lie close together.
    ...plot.lines.flatMap(({ y, words: name }, place) => [
      line("chart-line", EDGE.left, up(y), right, up(y)),
      place % 2 === 0 ? words(name, right, up(y) - 4, "end") : words(name, EDGE.left + 4, up(y) - 4, "start"),
    ]),
  );
  if (plot.joined && plot.points.length > 1) {
    const path = plot.points.map(({ x, y }) => `${round(across(x))},${round(up(y))}`).join(" ");
    picture.append(shape("polyline", { points: path, class: "chart-path" }));
  }
  picture.append(
    ...plot.points.map(({ x, y, hollow }) =>
      shape("circle", {
        cx: round(across(x)),
        cy: round(up(y)),
        r: "4",
        class: hollow ? "chart-point chart-hollow" : "chart-point",
      }),
    ),
    words(plot.ends[0], EDGE.left, HEIGHT - 8, "start"),
    words(plot.ends[1], right, HEIGHT - 8, "end"),
  );
  return picture;
}

/** From a value to a place; a range without width puts everything in the middle. */
function scale({ from, to }: Plot["x"], start: number, end: number): (value: number) => number {
  return (value) => (from === to ? (start + end) / 2 : start + ((value - from) / (to - from)) * (end - start));
}

const line = (name: string, x1: number, y1: number, x2: number, y2: number): SVGElement =>
  shape("line", { class: name, x1: round(x1), y1: round(y1), x2: round(x2), y2: round(y2) });

function words(text: string, x: number, y: number, anchor: "start" | "end"): SVGElement {
  const made = shape("text", { x: round(x), y: round(y), "text-anchor": anchor, class: "chart-words" });
  made.textContent = text;
  return made;
}

const round = (value: number): string => value.toFixed(1);

function shape<Name extends keyof SVGElementTagNameMap>(
  name: Name,
  attributes: Readonly<Record<string, string>>,
): SVGElementTagNameMap[Name] {
  const made = document.createElementNS(SVG, name);
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value);
  return made;
}
