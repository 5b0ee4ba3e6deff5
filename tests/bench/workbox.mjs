// Makes the peer of the opening table: Workbox's worker with every page of a folder in its precache.

import { createRequire } from "node:module";

const [folder, packages] = process.argv.slice(2);
const { generateSW } = createRequire(`${packages}/`)("workbox-build");
const { warnings } = await generateSW({
  globDirectory: folder,
  globPatterns: ["**/*"],
  globIgnores: ["sw.js"],
  swDest: `${folder}/sw.js`,
  inlineWorkboxRuntime: true,
  sourcemap: false,
  skipWaiting: true,
  clientsClaim: true,
  directoryIndex: "index.html",
});
if (warnings.length > 0) throw new Error(warnings.join("\n"));
