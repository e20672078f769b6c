# screen.py
# The real Wireshark on a screen that nobody sees: Xvfb, a window manager, and
# keys and pictures by xdotool and ImageMagick. For test_gui.py and pictures.py.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import os
import pathlib
import shutil
import statistics
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
NOBODY = 65534
# Qt and Wireshark on a bare machine; several statistics that the command line opens.
NOT_OURS = ("QStandardPaths", "qt.", "libEGL", "MESA", "Session management", "nl80211",
            "nested process_specified_records", "QThreadStorage", "QCPItemTracer")
# Without these, Wireshark greets a new user with boxes of its own.
RECENT = """\
privs.warn_if_elevated: FALSE
sys.warn_if_no_capture: FALSE
gui.geometry_main_maximized: TRUE
"""
# Halves what a program of Wireshark's takes to start: its memory comes in large pages. "tshark -G
# plugins" starts each program of the directory of extcaps twice, to ask what it captures: here are
# none.
QUICK = {"GLIBC_TUNABLES": "glibc.malloc.hugetlb=1:glibc.malloc.top_pad=67108864",
         "WIRESHARK_EXTCAP_DIR": "/nonexistent"}
DARK = """\
[Appearance]
custom_palette=true
color_scheme_path=/usr/share/qt5ct/colors/darker.conf
style=Fusion
[Fonts]
general="DejaVu Sans,9,-1,5,50,0,0,0,0,0"
fixed="DejaVu Sans Mono,9,-1,5,50,0,0,0,0,0"
"""


class Screen:
    """A screen, and on it a Wireshark with the plugin and the profile, for one user."""

    def __init__(self, plugin, size="1600x900"):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="trade-screen-"))
        version = subprocess.run(["wireshark", "--version"], capture_output=True, text=True,
                                 env={**os.environ, "QT_QPA_PLATFORM": "offscreen"}, check=True)
        minor = ".".join(version.stdout.split()[1].split(".")[:2])
        self.version = tuple(int(part) for part in minor.split("."))
        epan = self.directory / "plugins" / minor / "epan"
        epan.mkdir(parents=True)
        shutil.copy(plugin, epan / "trade.so")
        config = self.directory / "home" / "wireshark"
        shutil.copytree(ROOT / "profile" / "TRADE", config / "profiles" / "TRADE")
        (config / "recent_common").write_text(RECENT)
        (self.directory / "run").mkdir()
        self._own()
        self.wireshark = None
        # Root's Wireshark takes no plugin from WIRESHARK_PLUGIN_DIR.
        self.user = (["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
                     if os.geteuid() == 0 else [])
        self.log = self.directory / "log"
        self.display = self._start_server(size)
        self.environment = {
            "PATH": os.environ["PATH"], "DISPLAY": self.display, "LC_ALL": "C.UTF-8",
            "TZ": "Europe/Amsterdam", "HOME": str(self.directory / "home"),
            "XDG_CONFIG_HOME": str(self.directory / "home"),
            "XDG_RUNTIME_DIR": str(self.directory / "run"),
            "WIRESHARK_PLUGIN_DIR": str(self.directory / "plugins"),
            "WIRESHARK_ABORT_ON_DISSECTOR_BUG": "1", **QUICK}
        self.manager = subprocess.Popen(["openbox"], env=self.environment,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def darken(self):
        """Gives Wireshark the dark colours of Debian's qt5ct."""
        settings = self.directory / "home" / "qt5ct"
        settings.mkdir()
        (settings / "qt5ct.conf").write_text(DARK)
        self._own()
        self.environment["QT_QPA_PLATFORMTHEME"] = "qt5ct"

    def _own(self):
        """Lets the user who runs Wireshark read all, and write where it must."""
        for path in (self.directory, *self.directory.rglob("*")):
            path.chmod(0o755 if path.is_dir() else 0o644)
        if os.geteuid() == 0:
            for top in ("home", "run"):
                os.chown(self.directory / top, NOBODY, NOBODY)
                for path in (self.directory / top).rglob("*"):
                    os.chown(path, NOBODY, NOBODY)
        (self.directory / "run").chmod(0o700)

    def _start_server(self, size):
        """Starts Xvfb on a display that is free; returns the display's name."""
        reading, writing = os.pipe()
        self.server = subprocess.Popen(
            ["Xvfb", "-displayfd", str(writing), "-screen", "0", f"{size}x24", "-nolisten", "tcp",
             "-fbdir", str(self.directory)],
            pass_fds=[writing], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(writing)
        with os.fdopen(reading) as pipe:
            return ":" + pipe.readline().strip()

    def _tool(self, *args):
        return subprocess.run([str(arg) for arg in args], env=self.environment,
                              capture_output=True, text=True, timeout=60)

    def _as_user(self, *args):
        return self._tool(*self.user, *args)

    def find(self, capture, display_filter):
        """Returns the numbers of the frames that a filter finds, as tshark sees them."""
        done = self._as_user("tshark", "-C", "TRADE", "-r", self._keep(capture), "-2",
                             "-Y", display_filter, "-T", "fields", "-e", "frame.number")
        return [int(number) for number in done.stdout.split()]

    def _keep(self, capture):
        """Copies a capture to where Wireshark's user may read it; returns the path."""
        copy = self.directory / pathlib.Path(capture).name
        shutil.copy(capture, copy)
        copy.chmod(0o644)
        return copy

    def open(self, capture, *options, profile="TRADE"):
        """Starts Wireshark on a capture and waits for its window."""
        copy = self._keep(capture)
        with self.log.open("w") as log:
            self.wireshark = subprocess.Popen(
                [*self.user, "wireshark", "-C", profile, *map(str, options), "-r", str(copy)],
                env=self.environment, stdout=log, stderr=log)
        self.title = f"^{copy.name}$"
        self.wait(self.title)
        self.settle()

    def windows(self):
        """Returns the titles of all windows that can be seen."""
        found = self._tool("xdotool", "search", "--onlyvisible", "--name", "").stdout.split()
        return [self._tool("xdotool", "getwindowname", window).stdout.strip() for window in found]

    def wait(self, title, seconds=60):
        """Waits for a window with this in its title; returns its id."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.check()
            found = self._tool("xdotool", "search", "--onlyvisible", "--name", title).stdout.split()
            if found:
                return found[-1]
            time.sleep(0.3)
        raise AssertionError(f"no window {title!r}; there are {self.windows()}")

    def settle(self, seconds=60):
        """Waits until the picture stays the same."""
        end = time.monotonic() + seconds
        before = None
        while time.monotonic() < end:
            time.sleep(0.7)
            now = (self.directory / "Xvfb_screen0").read_bytes()  # the server's own picture
            if now == before:
                return
            before = now

    def check(self):
        """Fails where Wireshark is gone, with what it said last."""
        status = self.wireshark.poll()
        assert status is None, f"Wireshark ended with {status}: {self.said()}"

    def said(self):
        """Returns what Wireshark wrote to the terminal, but for what is not the plugin's."""
        lines = self.log.read_text(errors="replace").splitlines()
        return "\n".join(line for line in lines
                         if line.strip() and not any(words in line for words in NOT_OURS))

    def key(self, *keys):
        for key in keys:
            self._tool("xdotool", "key", "--clearmodifiers", key)
            time.sleep(0.15)

    def type(self, text):
        self._tool("xdotool", "type", "--delay", "20", text)

    def filter(self, text):
        """Types a display filter into the main window, which dissects all frames again."""
        self.front(self.title)
        self.key("ctrl+slash", "ctrl+a")
        self.type(text)
        self.key("Return")
        self.settle()

    def menu(self, *keys):
        """Opens a menu and goes through it, key by key, each when it is there."""
        for key in keys:
            self.key(key)
            self.settle()

    def click(self, x, y, times=1):
        """Clicks at a place, once or twice."""
        self._tool("xdotool", "mousemove", x, y, "click", "--repeat", times, "--delay", 30, 1)
        time.sleep(0.2)

    def front(self, title):
        """Brings a window to the front; returns its id."""
        window = self.wait(title)
        self._tool("xdotool", "windowactivate", "--sync", window)
        return window

    def place(self, title, x, y, width, height):
        """Moves and sizes a window, and brings it to the front."""
        window = self.front(title)
        self._tool("xdotool", "windowsize", "--sync", window, width, height)
        self._tool("xdotool", "windowmove", window, x, y)
        self.settle()
        return window

    def shoot(self, path, window="root"):
        """Writes a small picture of the screen or of a window."""
        # The pointer out of the way, so that no hint covers anything.
        self._tool("xdotool", "mousemove", 4000, 4000)
        self.settle()
        self._tool("import", "-window", window, path)
        self._shrink(path)

    def is_red(self, window, x, y):
        """Returns whether most of a spot around a window's point is red; y: from its lower edge."""
        done = subprocess.run(["import", "-window", window, "-gravity", "SouthWest", "-crop",
                               f"9x9+{x - 4}+{y - 4}", "-depth", "8", "rgb:-"],
                              env=self.environment, capture_output=True, timeout=60)
        points = list(zip(*[iter(done.stdout)] * 3))
        return sum(red > 1.5 * max(green, blue) for red, green, blue in points) > 40

    def find_edges(self, window, y):
        """Returns where along a line of a window's pixels something darker begins, as the edges
        between a header's columns do."""
        done = subprocess.run(["import", "-window", window, "-crop", f"0x1+0+{y}", "-depth", "8",
                               "gray:-"], env=self.environment, capture_output=True, timeout=60)
        line = done.stdout
        usual = statistics.median(line)
        return [x for x in range(1, len(line)) if line[x] < usual - 25 <= line[x - 1]]

    def _shrink(self, path):
        """Takes the colours and bytes that nobody sees out of a picture."""
        if shutil.which("pngquant"):
            self._tool("pngquant", "--force", "--ext", ".png", "--strip", "64", path)
        if shutil.which("optipng"):
            self._tool("optipng", "-quiet", "-o4", path)

    def quit(self):
        """Ends Wireshark as its user does; it must end by itself, and well."""
        self.front(self.title)
        self.key("ctrl+q")
        try:
            status = self.wireshark.wait(30)
        except subprocess.TimeoutExpired:
            self.wireshark.kill()
            self.wireshark.wait()
            raise AssertionError("Wireshark does not quit") from None
        assert status == 0, f"Wireshark ended with {status}: {self.said()}"
        assert not self.said(), self.said()

    def close(self):
        for process in (self.wireshark, self.manager, self.server):
            if process and process.poll() is None:
                process.terminate()
                process.wait()
        shutil.rmtree(self.directory, ignore_errors=True)
