"""axe inside a page: `tab.run(AXE)` once after it was opened, then `audit(rules)` in its scripts."""

from tests.browser.servers import ROOT

COLOUR_RULES = ["color-contrast", "link-in-text-block"]
"""Only these look at colours; all other rules see the same page whatever the theme is."""
SIZE_RULES = [*COLOUR_RULES, "target-size", "scrollable-region-focusable"]
"""Only these look at sizes; all other rules see the same page however large its text is."""

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
AXE = f"{(ROOT / 'node_modules/axe-core/axe.min.js').read_text('utf-8')};\n{_AUDIT}"
"""Defines `audit(rules)`: which of the rules (all without an argument) the page breaks, and three places of each."""
