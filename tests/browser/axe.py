"""axe inside a page: `tab.run(AXE)` once after it was opened, then `audit(rules)` and `places()` in its scripts."""

from collections.abc import Iterable

from tests.browser.servers import ROOT

COLOUR_RULES = ["color-contrast", "link-in-text-block"]
"""Only these look at colours; all other rules see the same page whatever the theme is."""
SIZE_RULES = ["target-size", "scrollable-region-focusable"]
"""Only these look at sizes, and contrast asks for less of larger text: the rest is the same however large it is."""

Look = tuple[str, int, list[str] | None]
"""Theme, text size in percent, and the rules to look at (None: all)."""
LOOKS: tuple[Look, ...] = (
    ("light", 100, None), ("dark", 100, COLOUR_RULES), ("dim", 100, COLOUR_RULES), ("light", 200, SIZE_RULES),
)  # fmt: skip
"""How every screen is looked at, so that each rule sees all that could make a difference to it."""

# Reading every style sheet again takes axe as long as all the rest, for one rule only: that none turns the page with
# the phone. A test of the source tree says so.
_AUDIT = """
    globalThis.audit = async (rules) => {
      // Transitions would be measured half-way.
      for (const animation of document.getAnimations()) animation.finish();
      const options = { resultTypes: ["violations"], preload: false };
      if (rules) options.runOnly = { type: "rule", values: rules };
      const { violations } = await axe.run(document, options);
      return violations.map(({ id, nodes }) => [id, nodes.slice(0, 3).map((node) => node.target.join(" "))]);
    };
"""
# Words, addresses, measures and most data are left out: no style sheet goes by them.
_PLACES = """
    globalThis.places = () => {
      const words = new RegExp("^(id|href|src|srcset|for|name|value|title|alt|lang|datetime|d|[xyr][12]?|c[xy]|d[xy]"
        + "|width|height|viewBox|points|transform|aria-(label|labelledby|describedby|controls))$");
      const known = new Map();
      const place = (element) => {
        if (element === document.body) return "";
        if (!known.has(element)) {
          const attributes = [...element.attributes].filter(({ name }) => !words.test(name))
            .map(({ name, value }) => (/^data-(?!screen|part|state)/.test(name) ? name : `${name}=${value}`));
          const own = [element.localName, ...attributes.sort(), element.checked ? "checked" : ""].join(" ");
          known.set(element, `${place(element.parentElement)} > ${own}`);
        }
        return known.get(element);
      };
      return [...new Set([...document.body.querySelectorAll("*")].map(place))];
    };
"""
AXE = f"{(ROOT / 'node_modules/axe-core/axe.min.js').read_text('utf-8')};\n{_AUDIT}\n{_PLACES}"
"""Defines `audit(rules)`: which of the rules (all without an argument) the page breaks, and three places of each.

And `places()`: what kinds of elements stand in what kinds of elements. In the same place a theme has the same colours.
"""


def are_new(places: Iterable[str], seen: set[str]) -> bool:
    """Whether some of these places were never `seen`, to which they are added."""
    new = set(places) - seen
    seen |= new
    return bool(new)


def looks_at(places: Iterable[str], seen: set[str]) -> tuple[Look, ...]:
    """How to look at a screen: in the dark only where it has places that were never `seen`."""
    new = are_new(places, seen)
    return tuple(look for look in LOOKS if new or look[2] is not COLOUR_RULES)
