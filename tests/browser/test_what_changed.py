"""What changed is listed on the page about this phone until somebody has looked there, and not only opened a page."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.browser.engines import Launch, Name
from tests.browser.fixtures import ENGINES
from tests.browser.servers import Server
from tests.fault.browser.fields import visit

_LISTED = "return [...document.querySelectorAll('#changed a')].map((link) => link.pathname)"


@pytest.mark.parametrize("name", ENGINES)
def test_changes_add_up_until_they_were_looked_at(
    name: Name, launch: Launch, make_server: Callable[[], Server], tmp_path: Path
) -> None:
    field = visit(launch(name), make_server(), tmp_path)
    tab, origin = field.engine.tab, field.network.origin
    listed: list[list[str]] = []
    for path, looked in (("/guide/iv", "/guide/iv"), ("/guide/cost", "/phone"), ("/guide/im", "/phone")):
        release = field.publish((path,))[0]
        assert field.check() is None
        tab.open(origin + looked)
        tab.wait_for("return document.documentElement.dataset.release === argument", release)
        if looked == "/phone":
            tab.wait_for("return localStorage['seen-release'] === argument", release)
            listed.append(sorted(tab.run(_LISTED)))
            tab.reload()
            tab.wait_for("return document.documentElement.dataset.release === argument", release)
            assert (
                sorted(tab.wait_for(f"const all = (() => {{ {_LISTED} }})(); return all.length && all")) == listed[-1]
            )
    assert listed == [["/guide/cost", "/guide/iv"], ["/guide/im"]]
    field.engine.close()
    field.network.close()
