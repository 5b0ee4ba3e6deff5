/** Says times in the time of this phone; without script they stand there in UTC. */

/** Rewrites every `<time>` of the page that names a moment. */
export function sayLocally(): void {
  const { lang } = document.documentElement;
  // Written as the guide writes: the day before the month, hours to 24.
  const format = new Intl.DateTimeFormat(lang === "en" ? "en-GB" : lang, { dateStyle: "long", timeStyle: "short" });
  for (const time of document.querySelectorAll<HTMLTimeElement>("time[datetime$=Z]")) {
    time.textContent = format.format(new Date(time.dateTime));
  }
}
