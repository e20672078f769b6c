# browser.py
# A real Chromium that nobody sees, for what has to be drawn to be tested.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import contextlib
import shutil

try:
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service
except ImportError:
    webdriver = None

PROGRAMS = ("chromium", "chromedriver")
# Debian's packages: chromium, chromium-driver, python3-selenium.
IS_THERE = webdriver is not None and all(map(shutil.which, PROGRAMS))


class Browser:
    """One window, in which pages are opened."""

    def __init__(self):
        options = webdriver.ChromeOptions()
        options.binary_location = shutil.which("chromium")
        # Root's Chromium has no sandbox; in a container /dev/shm may be small.
        for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage",
                         "--disable-gpu", "--hide-scrollbars"):
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.driver = webdriver.Chrome(service=Service(shutil.which("chromedriver")),
                                       options=options)

    def show(self, path, width=1366, height=768, **media):
        """Opens a page. media: what its style may ask for, as prefers_color_scheme="dark"."""
        self.run("Emulation.setDeviceMetricsOverride", width=width, height=height,
                 deviceScaleFactor=1, mobile=False)
        self.run("Emulation.setEmulatedMedia", media=media.pop("media", ""), features=[
            {"name": name.replace("_", "-"), "value": value} for name, value in media.items()])
        self.driver.get(path.resolve().as_uri())
        return self

    def run(self, command, **arguments):
        """Calls a command of the DevTools protocol."""
        return self.driver.execute_cdp_cmd(command, arguments)

    def ask(self, script, *arguments):
        """Returns what JavaScript returns in the page."""
        return self.driver.execute_script(script, *arguments)

    def list_complaints(self):
        """Returns what the browser wrote to its console since it was asked last."""
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def move(self, x, y):
        """Moves the mouse to a place in the window."""
        self.run("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)

    def turn(self, x, y, delta, keys=0):
        """Turns the wheel there; keys: 2 with Ctrl."""
        self.run("Input.dispatchMouseEvent", type="mouseWheel", x=x, y=y, deltaX=0, deltaY=delta,
                 modifiers=keys)
        # The page draws before its next picture.
        self.driver.execute_async_script(
            "const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(done));")

    def shoot(self, path):
        """Writes a picture of what the window shows."""
        self.driver.save_screenshot(str(path))

    def close(self):
        self.driver.quit()


@contextlib.contextmanager
def open_browser():
    browser = Browser()
    try:
        yield browser
    finally:
        browser.close()
