"""One table of the bench: it prints itself and keeps its figures for build/bench.json."""

import json
import os
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]
BUILD = ROOT / "build"


@dataclass(frozen=True)
class Aim:
    """What was aimed at, and what came out."""

    what: str
    wanted: str
    measured: str
    met: bool


@dataclass(frozen=True)
class Table:
    """Rows of figures with what they mean."""

    name: str
    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str | float]]
    aims: Sequence[Aim]
    notes: Sequence[str] = field(default=())

    def show(self) -> None:
        """Print it for people."""
        cells = [[str(cell) for cell in row] for row in [self.columns, *self.rows]]
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        print(f"\n{self.title}")
        for row in cells:
            print("  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
        for aim in self.aims:
            print(f"  {'met   ' if aim.met else 'MISSED'}  {aim.what}: {aim.measured} (aim: {aim.wanted})")
        for note in self.notes:
            print(f"  - {note}")

    def keep(self) -> None:
        """Put it into build/bench.json beside the other tables."""
        file = BUILD / "bench.json"
        file.parent.mkdir(exist_ok=True)
        kept = json.loads(file.read_text()) if file.is_file() else {}
        kept[self.name] = asdict(self) | {"load_average": os.getloadavg()}
        file.write_text(json.dumps(kept, indent=1) + "\n")


def median(values: Sequence[float]) -> float:
    """The middle of several rounds."""
    return statistics.median(values)


def spread(values: Sequence[float]) -> str:
    """The median with the smallest and largest of several rounds."""
    return f"{median(values):.1f} ({min(values):.1f}–{max(values):.1f})"
