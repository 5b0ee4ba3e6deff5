// Builds what the browser gets, scripts, styles and the service worker, into static/dist; `--watch` keeps at it.

import { readdir, rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build, context } from "esbuild";

// The oldest browsers that get offline reading (README.md says the same; a test holds them together): each the first with
// all of ES2022's library, which is all that tsconfig.json lets scripts use, and Web Locks. In anything older the same pages
// are read as plain HTML.
const oldest = ["chrome93", "firefox96", "safari15.4"];

// Names carry no hash: a release names every file by its content.
const outputs = [
  ["guide", "static/client/guide/main.ts"],
  ["search", "static/client/guide/search.ts"],
  ["phone", "static/client/guide/phone.ts"],
  ["journal", "static/client/journal/main.ts"],
  ["journal_measures", "static/client/journal/measures/part.ts"],
  ["journal_plan", "static/client/journal/plan/part.ts"],
  ["journal_out", "static/client/journal/out/part.ts"],
  ["journal_settings", "static/client/journal/settings/part.ts"],
  ["journal_in", "static/client/journal/in/part.ts"],
  ["kdf", "static/client/journal/cipher/kdf.ts"],
  ["kdf_plain", "static/client/journal/cipher/kdf_plain.ts"],
  ["inline", "static/css/inline.css"],
  ["first_home", "static/css/first/home.css"],
  ["first_help_now", "static/css/first/help_now.css"],
  ["first_phone", "static/css/first/phone.css"],
  ["first_search", "static/css/first/search.css"],
  ["first_words", "static/css/first/words.css"],
  ["more", "static/css/late.css"],
  ["journal", "static/css/journal.css"],
];

// The staff's own: in no release, so that no reader's phone stores it, and in pieces that a screen loads when it needs them.
const adminOutputs = [
  ["admin", "static/client/admin/main.ts"],
  ["admin", "static/css/admin.css"],
];

// A page that wakes the worker waits for each of its functions: Chromium keeps the compiled form of all of them, not only of
// those that ran at first.
const workerOutputs = [["sw", "service_worker/index.ts"]];

const root = fileURLToPath(new URL("..", import.meta.url));
const dist = fileURLToPath(new URL("dist/", import.meta.url));

const shared = {
  absWorkingDir: root,
  bundle: true,
  format: "esm",
  target: oldest,
  minify: true,
  charset: "utf8",
  legalComments: "none",
  logLevel: "warning",
};
const entries = (pairs) => pairs.map(([out, source]) => ({ in: source, out }));
const builds = [
  { ...shared, entryPoints: entries(outputs), outdir: dist },
  { ...shared, entryPoints: entries(workerOutputs), outdir: dist, banner: { js: "//# allFunctionsCalledOnLoad" } },
  {
    ...shared,
    entryPoints: entries(adminOutputs),
    outdir: `${dist}admin`,
    splitting: true,
    chunkNames: "[name]-[hash]",
  },
];

if (process.argv.includes("--watch")) {
  for (const options of builds) await (await context(options)).watch();
} else {
  const built = await Promise.all(builds.map((options) => build({ ...options, metafile: true })));
  const made = new Set(built.flatMap(({ metafile }) => Object.keys(metafile.outputs)));
  // A file of an earlier build must not get into a release. The folder is never empty: a server may be reading it.
  const found = (await readdir(dist, { recursive: true })).filter((name) => name.includes("."));
  const left = found.filter((name) => !made.has(`static/dist/${name}`));
  await Promise.all(left.map((name) => rm(`${dist}${name}`)));
}
