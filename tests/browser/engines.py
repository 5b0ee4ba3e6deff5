"""One way to drive Chromium, Firefox ESR and WebKitGTK: open, ask, wait, kill with SIGKILL, start again.

What each engine can do here:

| | Chromium | Firefox ESR | WebKitGTK |
|---|---|---|---|
| driver | Playwright | Playwright over BiDi | selenium and `webkit_window.py` |
| lasting profile, SIGKILL, start again | yes | yes | yes |
| kill the worker alone | by DevTools | by a short time limit for work (a preference) | no |
| quota | by DevTools | by a preference | no |
| browser without service workers | yes | by a preference | no |
| scripts switched off | yes | yes | no |
"""

import os
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal, Protocol, overload

from playwright.sync_api import BrowserContext, CDPSession, ConsoleMessage, Page, Playwright, Request
from playwright.sync_api import Error as PlaywrightError
from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.client_config import ClientConfig
from selenium.webdriver.remote.remote_connection import RemoteConnection
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.webkitgtk.options import Options as WebKitOptions
from selenium.webdriver.webkitgtk.service import Service as WebKitService
from urllib3.exceptions import ReadTimeoutError

from tests.browser.processes import kill_tree

Name = Literal["chromium", "firefox", "webkit"]
PATIENCE = 30.0
"""Seconds until something a page must come to is given up; a machine with other work is slow."""
ANSWERING = 45
"""Seconds until WebKit's driver is taken to have lost a question; longer than the limit of a script."""
SETTLING = 5
"""The same while a page is on its way, which is when questions get lost."""
CHROMIUM = "/usr/bin/chromium"
"""The browser that people use."""
HEADLESS_CHROMIUM = "/usr/bin/chromium-headless-shell"
"""Its engine, network and storage without the program around them: half the work."""
FRUGAL: Mapping[str, bool | float | str] = {
    "layout.frame_rate": 10,
    "fission.autostart": False,
    "dom.ipc.processPrelaunch.enabled": False,
}
"""Ten pictures a second and no process that is not needed yet: nobody looks at it, and it works a third less."""


class UnreachableError(Exception):
    """The browser showed its own error page: nobody answered."""


class LeavingError(AssertionError):
    """The page was left while it was asked."""


class Tab(ABC):
    """One tab. Scripts are bodies of async functions that get `argument` and return JSON."""

    @abstractmethod
    def open(self, url: str) -> None:
        """Go there and wait for the load event; raises `UnreachableError`."""

    @abstractmethod
    def begin(self, url: str) -> None:
        """Go there without waiting for more than the start of the page."""

    @abstractmethod
    def reload(self) -> None:
        """Load the page anew, as the reader's button does; raises `UnreachableError`."""

    @abstractmethod
    def run(self, script: str, argument: object = None) -> Any:
        """What the script returns; raises `AssertionError` with its message when it throws."""

    @abstractmethod
    def type(self, selector: str, text: str) -> None:
        """Type the text, key by key, into the one field the selector finds."""

    @abstractmethod
    def close(self) -> None:
        """Close this tab."""

    def wait_for(self, script: str, argument: object = None, seconds: float = PATIENCE) -> Any:
        """Ask until the script returns something true, and return that; raises `AssertionError`.

        A page under our policy refuses scripts handed over as strings, so the asking is done from here.
        """
        end = time.monotonic() + seconds
        pause = 0.02
        while True:
            with suppress(LeavingError):
                if found := self.run(script, argument):
                    return found
            if time.monotonic() > end:
                state = self.run(
                    "const words = document.querySelector('main')?.innerText.slice(0, 1000);"
                    "return [location.href, {...document.documentElement.dataset}, words]"
                )
                raise AssertionError(f"did not happen within {seconds:.0f} s: {script}\nat {state}")
            time.sleep(pause)
            # Asking costs the browser time too: long waits ask less and less often.
            pause = min(1.5 * pause, 0.25)


class Engine(ABC):
    """One browser with a lasting profile. It starts at once; `kill` and `start` play a phone that lost power."""

    name: Name

    def __init__(self, profile: Path) -> None:
        self.profile = profile
        self.tab: Tab
        self.complaints: list[str] = []
        """Errors of the pages and their consoles, where the driver tells them."""
        self.requests: list[str] = []
        """Addresses asked for, where the driver tells them."""

    @abstractmethod
    def start(self) -> None:
        """Start the browser on its profile with one tab."""

    @abstractmethod
    def new_tab(self) -> Tab:
        """Open one more tab."""

    @abstractmethod
    def leave(self) -> None:
        """Close the browser as a reader would."""

    def kill(self) -> None:
        """SIGKILL every process of the browser."""
        kill_tree(str(self.profile))
        self._forget()

    def close(self) -> None:
        """Leave nothing running, whatever state the browser is in."""
        self.kill()

    @abstractmethod
    def _forget(self) -> None:
        """Let go of what belonged to a browser that no longer runs."""


class _PlaywrightTab(Tab):
    def __init__(self, page: Page) -> None:
        self.page = page

    def open(self, url: str) -> None:
        try:
            self.page.goto(url, timeout=PATIENCE * 1000)
        except PlaywrightError as error:
            raise UnreachableError(str(error)) from error

    def begin(self, url: str) -> None:
        try:
            self.page.goto(url, wait_until="commit", timeout=PATIENCE * 1000)
        except PlaywrightError as error:
            raise UnreachableError(str(error)) from error

    def reload(self) -> None:
        try:
            self.page.reload(timeout=PATIENCE * 1000)
        except PlaywrightError as error:
            raise UnreachableError(str(error)) from error

    def run(self, script: str, argument: object = None) -> Any:
        try:
            return self.page.evaluate(f"async argument => {{ {script} }}", argument)
        except PlaywrightError as error:
            is_leaving = "context was destroyed" in str(error)
            raise (LeavingError if is_leaving else AssertionError)(f"{error}\nin: {script}") from error

    def type(self, selector: str, text: str) -> None:
        self.page.locator(selector).press_sequentially(text)

    def close(self) -> None:
        self.page.close()


class _PlaywrightEngine(Engine):
    def __init__(self, playwright: Playwright, profile: Path) -> None:
        super().__init__(profile)
        self.playwright = playwright
        self.context: BrowserContext
        self.start()

    def start(self) -> None:
        self.context = self._launch()
        self.context.on("console", self._hear)
        self.context.on("weberror", lambda error: self._complain(str(error.error)))
        self.context.on("request", self._note)
        self.tab = _PlaywrightTab(self.context.pages[0] if self.context.pages else self.context.new_page())

    @abstractmethod
    def _launch(self) -> BrowserContext: ...

    @property
    def page(self) -> Page:
        """Playwright's own page of the first tab, for what only it can do."""
        assert isinstance(self.tab, _PlaywrightTab)
        return self.tab.page

    def new_tab(self) -> Tab:
        return _PlaywrightTab(self.context.new_page())

    def leave(self) -> None:
        self.context.close()

    def _forget(self) -> None:
        with suppress(PlaywrightError):
            self.context.close()

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self._complain(f"{message.text} ({message.location.get('url', '')})")

    def _complain(self, text: str) -> None:
        self.complaints.append(text)

    def _note(self, request: Request) -> None:
        self.requests.append(request.url)


class Chromium(_PlaywrightEngine):
    """Chromium as a phone has it: touch, a coarse pointer, 412 × 839 at 2.625 pixels a point unless told otherwise."""

    name = "chromium"

    def __init__(self, playwright: Playwright, profile: Path, program: str = HEADLESS_CHROMIUM, **look: Any) -> None:
        self.program = program
        self.look: dict[str, Any] = {
            "viewport": {"width": 412, "height": 839},
            "device_scale_factor": 2.625,
            "has_touch": True,
            "is_mobile": True,
        } | look
        super().__init__(playwright, profile)

    def _launch(self) -> BrowserContext:
        return self.playwright.chromium.launch_persistent_context(
            self.profile,
            executable_path=self.program,
            headless=True,
            args=["--no-sandbox"] if os.geteuid() == 0 else [],
            **self.look,
        )

    def devtools(self) -> CDPSession:
        """A DevTools session of the first tab."""
        return self.context.new_cdp_session(self.page)

    def kill_workers(self) -> None:
        """Stop every service worker, whatever it is doing, as the browser may at any time."""
        session = self.devtools()
        session.send("ServiceWorker.enable")
        session.send("ServiceWorker.stopAllWorkers")
        session.detach()

    def limit_storage(self, origin: str, size: int | None) -> None:
        """Let the origin store at most so many bytes; None lifts the limit."""
        session = self.devtools()
        session.send(
            "Storage.overrideQuotaForOrigin", {"origin": origin} | ({} if size is None else {"quotaSize": size})
        )
        # The override lasts as long as the session does.
        self._quota_session = session


class Firefox(_PlaywrightEngine):
    """Firefox ESR with a phone's window; preferences set what other engines take from DevTools."""

    name = "firefox"

    def __init__(
        self, playwright: Playwright, profile: Path, preferences: Mapping[str, bool | float | str] = {}, **look: Any
    ) -> None:
        self.preferences: dict[str, str | float | bool] = {**FRUGAL, **preferences}
        self.look: dict[str, Any] = {"viewport": {"width": 412, "height": 839}} | look
        super().__init__(playwright, profile)

    def _launch(self) -> BrowserContext:
        return self.playwright.firefox.launch_persistent_context(
            self.profile,
            channel="moz-firefox",
            executable_path="/usr/bin/firefox-esr",
            headless=True,
            firefox_user_prefs=self.preferences,
            **self.look,
        )

    def _complain(self, text: str) -> None:
        # A page was left while the worker's answer was still on its way; of what fails otherwise it names the address.
        if not text.startswith("Failed to load ‘’. A ServiceWorker intercepted the request"):
            super()._complain(text)


class _WebKitTab(Tab):
    def __init__(self, driver: WebDriver, client: ClientConfig, handle: str) -> None:
        self.driver = driver
        self.client = client
        self.handle = handle

    def open(self, url: str) -> None:
        self.begin(url)
        self._settle("return document.readyState === 'complete'", url)

    def begin(self, url: str) -> None:
        self._enter()
        self.run("window.leaving = true")
        self.driver.get(url)
        # A fragment of the page that is open already leads to no other document.
        self._settle("return !window.leaving || (argument.includes('#') && location.href === argument)", url)

    def reload(self) -> None:
        self._enter()
        url = self.driver.current_url
        # The driver's own reload goes past the worker; a reader's does not.
        self.run("window.leaving = true; location.reload()")
        self._settle("return !window.leaving && document.readyState === 'complete'", url)

    def run(self, script: str, argument: object = None) -> Any:
        try:
            self._enter()
            answer = self.driver.execute_async_script(
                f"const [argument, done] = arguments; (async () => {{ {script} }})()"
                ".then(value => done({value}), error => done({error: String(error)}))",
                argument,
            )
        except ReadTimeoutError as error:
            # Once in about 150 navigations: the question went with the old document, and the driver waits on.
            raise LeavingError(f"never answered: {script}") from error
        except WebDriverException as error:
            if "before the unload event" in str(error):
                raise LeavingError(f"the page was left: {script}") from error
            raise
        if "error" in answer:
            raise AssertionError(f"{answer['error']}\nin: {script}")
        return answer.get("value")

    def type(self, selector: str, text: str) -> None:
        self._enter()
        self.driver.find_element(By.CSS_SELECTOR, selector).send_keys(text.replace("\n", Keys.ENTER))

    def close(self) -> None:
        self._enter()
        self.driver.close()

    def _enter(self) -> None:
        self.driver.switch_to.window(self.handle)

    def _settle(self, script: str, url: str) -> None:
        """Wait for a condition while the document may be replaced at any moment."""
        end = time.monotonic() + PATIENCE
        self.client.timeout = SETTLING
        try:
            while True:
                with suppress(AssertionError, WebDriverException):
                    if self.run(script, url):
                        return
                if time.monotonic() > end:
                    raise UnreachableError(url)
                time.sleep(0.02)
        finally:
            self.client.timeout = ANSWERING


class WebKit(Engine):
    """WebKitGTK in a window of our own on a screen nobody sees."""

    name = "webkit"

    def __init__(self, profile: Path, display: str) -> None:
        super().__init__(profile)
        self.display = display
        self.start()

    def start(self) -> None:
        options = WebKitOptions()
        options.binary_location = str(Path(__file__).with_name("webkit_window.py"))
        for argument in ("--automation", "--profile", str(self.profile)):
            options.add_argument(argument)
        # Waiting for a page is done here: the driver would let nothing be asked before the last picture has come.
        options.page_load_strategy = "none"
        self.service = WebKitService(
            executable_path="/usr/bin/WebKitWebDriver",
            # Drawn without layers, which nobody sees: a quarter less work.
            env=os.environ | {"DISPLAY": self.display, "WEBKIT_DISABLE_COMPOSITING_MODE": "1"},
        )
        self.service.start()
        self.client = ClientConfig(remote_server_addr=self.service.service_url, timeout=ANSWERING)
        self.driver = webdriver.Remote(RemoteConnection(client_config=self.client), options=options)
        self.driver.set_script_timeout(PATIENCE)
        self.driver.set_page_load_timeout(PATIENCE)
        self.tab = _WebKitTab(self.driver, self.client, self.driver.current_window_handle)

    def new_tab(self) -> Tab:
        # The window the driver looks at may have been closed.
        self.driver.switch_to.window(self.driver.window_handles[0])
        self.driver.switch_to.new_window("tab")
        return _WebKitTab(self.driver, self.client, self.driver.current_window_handle)

    def leave(self) -> None:
        self.driver.quit()
        self.service.stop()

    def _forget(self) -> None:
        with suppress(Exception):
            self.service.stop()


class Screen:
    """An X server without a screen, for WebKitGTK."""

    def __init__(self) -> None:
        reading, writing = os.pipe()
        self.process = subprocess.Popen(
            ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1600x2800x24", "-nolisten", "tcp"],
            pass_fds=[writing],
            stderr=subprocess.DEVNULL,
        )
        os.close(writing)
        with os.fdopen(reading) as number:
            self.display = f":{number.readline().strip()}"

    def close(self) -> None:
        """End the X server."""
        self.process.terminate()
        self.process.wait()


class Launch(Protocol):
    """Start an engine, with settings if it takes any, on a profile of its own that has seen no site."""

    @overload
    def __call__(self, name: Literal["chromium"], **settings: Any) -> Chromium: ...
    @overload
    def __call__(self, name: Literal["firefox"], **settings: Any) -> Firefox: ...
    @overload
    def __call__(self, name: Name, **settings: Any) -> Engine: ...
