/** What must not outlive its page. */

/** A transaction as `idb` has it. */
interface Transaction {
  readonly done: Promise<unknown>;
  readonly abort: () => void;
}

/**
 * The transactions of a page, which end when it is left. WebKit puts a page that is left to sleep with what it has under way,
 * and until the app is closed nobody gets into that database any more. What is committed needs no page to be finished.
 */
export class PageTransactions {
  readonly #underWay = new Set<Transaction>();
  #left = false;

  constructor() {
    addEventListener("pagehide", () => this.#leave());
    addEventListener("pageshow", () => {
      this.#left = false;
    });
  }

  /** Begins one. Throws when the page was left: results that were on their way still come for a moment. */
  begin<Begun extends Transaction>(begin: () => Begun): Begun {
    if (this.#left) throw new Error("the page was left");
    const transaction = begin();
    const end = () => this.#underWay.delete(transaction);
    this.#underWay.add(transaction);
    transaction.done.then(end, end);
    return transaction;
  }

  #leave(): void {
    this.#left = true;
    for (const transaction of this.#underWay) {
      try {
        transaction.abort();
      } catch {
        // It is committed already.
      }
    }
  }
}
