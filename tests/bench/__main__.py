"""`make bench`: every table, one after the other, printed and written to build/bench.json; names run only those."""

import sys

from tests.bench import first_view, journal, lighthouse, opening, publishing, reading, starting, updating

TABLES = {
    "starting": starting.measure,
    "reading": reading.measure,
    "first-view": first_view.measure,
    "updating": updating.measure,
    "opening": opening.measure,
    "journal": journal.measure,
    "publishing": publishing.measure,
    "lighthouse": lighthouse.measure,
}


def main() -> int:
    """Run the tables that are named, or all."""
    chosen = sys.argv[1:] or list(TABLES)
    if unknown := [name for name in chosen if name not in TABLES]:
        print(f"no such table: {', '.join(unknown)}; there are {', '.join(TABLES)}", file=sys.stderr)
        return 2
    for name in chosen:
        table = TABLES[name]()
        table.show()
        table.keep()
    return 0


sys.exit(main())
