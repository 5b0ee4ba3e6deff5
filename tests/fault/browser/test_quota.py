"""No room in the middle of an update: the old release stays whole, the reader is told, and room lets it go on."""

from collections.abc import Callable

import pytest

from tests.browser.engines import Chromium, Launch, Name
from tests.browser.reading import status
from tests.browser.servers import Server
from tests.fault.browser.fields import LITTLE_ROOM, visit

MEGABYTE = 1_000_000

# Another part of the site fills what room there is, to the last few bytes; with noise, for Firefox compresses.
_FILL = """
    const other = await caches.open("another-part-of-the-site");
    const noise = new Uint8Array(1 << 20);
    for (let at = 0; at < noise.length; at += 1 << 16) crypto.getRandomValues(noise.subarray(at, at + (1 << 16)));
    let full = 0;
    for (let size = 1 << 20; size >= 1 << 10; size /= 2) {
      for (let number = 0; number < 64; number += 1) {
        try {
          await other.put(`/fill/${size}/${number}`, new Response(noise.subarray(0, size)));
          full += size;
        } catch (error) {
          if (!["QuotaExceededError", "NS_ERROR_FILE_NO_DEVICE_SPACE"].includes(error.name)) throw error;
          break;
        }
      }
    }
    return full;
"""

# Deleted files give their room back a moment later. A full Firefox says yes and keeps an empty body, so it is read.
_HAS_ROOM = """
    const probe = await caches.open("probe");
    try {
      for (let number = 0; number < 8; number += 1) {
        const noise = crypto.getRandomValues(new Uint8Array(1 << 16));
        await probe.put(`/probe/${number}`, new Response(noise));
        if ((await (await probe.match(`/probe/${number}`)).arrayBuffer()).byteLength < noise.length) return false;
      }
      return true;
    } catch {
      return false;
    } finally {
      await caches.delete("probe");
    }
"""


@pytest.mark.parametrize("name", LITTLE_ROOM)
def test_no_room_in_mid_update(
    name: Name,
    launch: Launch,
    make_server: Callable[[], Server],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    engine = launch(name, **LITTLE_ROOM[name])
    field = visit(engine, make_server(), tmp_path_factory.mktemp("texts"))
    if isinstance(engine, Chromium):
        engine.limit_storage(field.network.origin, 12 * MEGABYTE)
    assert engine.tab.run(_FILL) > MEGABYTE
    new = field.publish()
    assert field.check() == "quota"
    assert status(engine.tab)["offline"] == "ready"
    assert field.assert_whole(field.old, new) == field.old[0]
    engine.tab.open(f"{field.network.origin}/phone")
    engine.tab.wait_for("return document.querySelector('[data-state=quota]')?.checkVisibility() ?? false")
    assert engine.tab.run("return caches.has('another-part-of-the-site')"), "other caches are left alone"
    engine.tab.run("await caches.delete('another-part-of-the-site')")
    engine.tab.wait_for(_HAS_ROOM)
    field.finish(new)
    assert field.assert_whole(new) == new[0]
    engine.close()
    field.network.close()
