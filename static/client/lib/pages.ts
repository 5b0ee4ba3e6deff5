/** Reads other pages of the guide the way a visit would, so that what was recalled is covered there too. */

const PATIENCE = 15_000;

/**
 * The page at `path` as a document that runs nothing. Rejects when it cannot be had or is not on this site.
 * XMLHttpRequest because it is the parser of HTML that needs no string of markup in our hands.
 */
export function openPage(path: string): Promise<Document> {
  return new Promise((resolve, reject) => {
    const url = new URL(path, location.href);
    if (url.origin !== location.origin) throw new Error(path);
    const request = new XMLHttpRequest();
    request.open("GET", url);
    request.responseType = "document";
    request.timeout = PATIENCE;
    request.onload = () => {
      if (request.status === 200 && request.responseXML) resolve(request.responseXML);
      else reject(new Error(`${path}: ${request.status}`));
    };
    request.onerror = request.ontimeout = () => reject(new Error(path));
    request.send();
  });
}
