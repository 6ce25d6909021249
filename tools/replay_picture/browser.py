"""A headless Chromium that asks nobody for anything, driven by Selenium."""

import shutil
import tempfile
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from typing import cast

from selenium import webdriver

__all__ = ["HOW_TO_INSTALL", "devtools", "drawn", "find_browser", "headless", "prefer"]

HOW_TO_INSTALL = "apt-get install chromium chromium-driver; uv sync --group browser"

_QUIET = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--force-device-scale-factor=1",
)
"""So that it draws alike everywhere and looks nothing up on its own."""


def find_browser() -> tuple[str, str] | None:
    """Return the paths of Chromium and its driver; ``None`` if they are not installed."""
    browser, driver = shutil.which("chromium"), shutil.which("chromedriver")
    return (browser, driver) if browser is not None and driver is not None else None


def devtools(chrome: webdriver.Chrome, command: str, arguments: Mapping[str, object]) -> None:
    """Send a command of the DevTools protocol."""
    send = cast("Callable[[str, object], object]", chrome.execute_cdp_cmd)  # pyright: ignore[reportUnknownMemberType]
    send(command, dict(arguments))


def prefer(chrome: webdriver.Chrome, scheme: str) -> None:
    """Let the page see that its reader prefers ``light`` or ``dark``."""
    feature = {"name": "prefers-color-scheme", "value": scheme}
    devtools(chrome, "Emulation.setEmulatedMedia", {"features": [feature]})


def drawn(chrome: webdriver.Chrome) -> None:
    """Wait until the page has drawn what it knows of by now."""
    run = cast("Callable[[str], object]", chrome.execute_async_script)  # pyright: ignore[reportUnknownMemberType]
    # A canvas is drawn in the next frame, and complete in the one after it.
    run(
        "const done = arguments[0]; let n = 3;"
        "const next = () => (n-- ? requestAnimationFrame(next) : done()); next();"
    )


@contextmanager
def headless(*, width: int = 1440, height: int = 900) -> Generator[webdriver.Chrome]:
    """Open a browser with a profile of its own, and close it again.

    Raises:
        RuntimeError: There is none.
    """
    found = find_browser()
    if found is None:
        raise RuntimeError(f"there is no Chromium: {HOW_TO_INSTALL}")
    browser, driver = found
    with tempfile.TemporaryDirectory() as profile:
        options = webdriver.ChromeOptions()
        options.binary_location = browser
        for flag in (*_QUIET, f"--user-data-dir={profile}", f"--window-size={width},{height}"):
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        service = webdriver.ChromeService(executable_path=driver)
        chrome = webdriver.Chrome(options=options, service=service)
        try:
            # The window has borders, the page has to be of the size that was asked for.
            size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
            devtools(chrome, "Emulation.setDeviceMetricsOverride", size)
            yield chrome
        finally:
            chrome.quit()
