/** Brings in what scripts show on every page; it is one object of the release, so that no page repeats its words. */

/** Their address: the server writes it here when it makes a release, since no script can know the bytes they will have. */
const ADDRESS = "{sheets}";

/** Resolves once the sheets are in the page, or cannot be had: then what needs them stays away. */
export function bringSheets(): Promise<void> {
  return new Promise((done) => {
    const request = new XMLHttpRequest();
    // Parsed by the request itself, without scripts: no string of markup passes through ours.
    request.responseType = "document";
    request.onloadend = () => {
      const sheets = request.status === 200 ? request.responseXML?.body.children : undefined;
      for (const sheet of [...(sheets ?? [])] as HTMLElement[]) {
        document.querySelector(sheet.dataset["place"] ?? "body")?.append(sheet);
      }
      done();
    };
    request.open("GET", ADDRESS);
    request.send();
  });
}
