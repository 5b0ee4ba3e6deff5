/** Says times in the time of this phone; without script they stand there in UTC. */

/** Rewrites every `<time>` of the page that names a moment. */
export function sayLocally(): void {
  const format = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "long", timeStyle: "short" });
  for (const time of document.querySelectorAll<HTMLTimeElement>("time[datetime$=Z]")) {
    time.textContent = format.format(new Date(time.dateTime));
  }
}
