# test_package.py
# Are the packages whole, the same each time, and do they work where they are unpacked?
# Whether they install on a fresh machine, tools/try-package.sh tells.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import json
import os
import re
import shutil
import stat
import subprocess
import tarfile

import pytest

from conftest import NOBODY, ROOT

# tools/package.sh installs what it lacks; a test does not.
pytestmark = [pytest.mark.long, pytest.mark.skipif(
    not all(shutil.which(tool) for tool in ("dpkg-buildpackage", "dh", "cmake", "ninja")),
    reason="needs Debian's debhelper, CMake and Ninja")]


def make(directory, source=ROOT, user=(), umask=0o022):
    """Makes the packages there; returns their paths."""
    environment = {**os.environ, "SOURCE_DATE_EPOCH": "1400000000"}
    made = subprocess.run([*user, "sh", source / "tools" / "package.sh", directory], umask=umask,
                          env=environment, capture_output=True, text=True, timeout=600)
    assert made.returncode == 0, made.stderr
    return sorted(directory / line.rsplit("/", 1)[-1] for line in made.stdout.split())


@pytest.fixture(scope="module", name="packages")
def fixture_packages(tmp_path_factory):
    """The .deb and the .tar.gz."""
    return make(tmp_path_factory.mktemp("packages"))


@pytest.fixture(scope="module", name="unpacked")
def fixture_unpacked(packages, tshark):
    """What the .tar.gz has, where tshark's user may read it."""
    directory = tshark.make_directory()
    subprocess.run(["tar", "-xzf", packages[1], "-C", directory], check=True)
    (top,) = directory.iterdir()
    return top


def test_names(packages, tshark):
    """The names tell the Wireshark that the packages are for."""
    names = [re.sub(r"(wireshark\d+\.\d+)_\w+", r"\1_ARCH", path.name) for path in packages]
    assert names == [f"wireshark-plugin-trade_1.0.0+wireshark{tshark.version}_ARCH.{suffix}"
                     for suffix in ("deb", "tar.gz")]


def test_tells_nothing_of_where_it_was_made(unpacked, request):
    """No path of the source or the build is in the plugin: in another directory it is the same."""
    (packaged,) = unpacked.rglob("trade.so")
    built = request.config.getoption("--plugin")
    for plugin in (packaged, built):
        binary = plugin.read_bytes()
        if b"__asan_init" not in binary:
            assert str(ROOT).encode() not in binary and b"/tmp/" not in binary, plugin


def test_same_whoever_makes_it(packages, tshark):
    """For root, by another user; for all, elsewhere and with another umask."""
    directory = tshark.make_directory()
    shutil.copytree(ROOT, directory / "source", ignore=shutil.ignore_patterns(".git", "build*"))
    subprocess.run(["chmod", "-R", "a+rX", directory], check=True)
    user = ()
    if os.geteuid() == 0:
        user = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")
        os.chown(directory, NOBODY, NOBODY)
    again = make(directory / "packages", directory / "source", user, 0o077)
    assert [path.read_bytes() for path in again] == [path.read_bytes() for path in packages]


def test_belongs_to_root(packages):
    """Whoever makes them: unpacked by root, all becomes root's. Directories are open to all."""
    with tarfile.open(packages[1]) as archive:
        members = archive.getmembers()
    assert {(member.uid, member.gid) for member in members} == {(0, 0)}
    directories = [member for member in members if member.isdir()]
    assert directories and {member.mode for member in directories} == {0o755}


def get_deb(deb, field):
    return subprocess.run(["dpkg-deb", "-f", deb, field], capture_output=True, text=True,
                          check=True).stdout.strip()


def test_depends_on_this_wireshark(packages):
    """The library's name has the number that changes with Wireshark's minor version."""
    ours = subprocess.run(["ldd", shutil.which("tshark")], capture_output=True, text=True,
                          check=True).stdout
    number = re.search(r"libwireshark\.so\.(\d+)", ours).group(1)
    assert f"libwireshark{number} " in get_deb(packages[0], "Depends")


def test_goes_with_this_wireshark(packages, tshark):
    """An upgrade to the next minor version removes it, and says so."""
    major, minor = map(int, tshark.version.split("."))
    assert get_deb(packages[0], "Breaks") == ", ".join(
        f"{name} (>= {major}.{minor + 1}~)" for name in ("tshark", "wireshark", "wireshark-common"))


@pytest.mark.skipif(not shutil.which("lintian"), reason="needs lintian")
def test_lintian_finds_no_error(packages):
    found = subprocess.run(["lintian", "--allow-root", "--fail-on", "error", packages[0]],
                           capture_output=True, text=True, timeout=300)
    assert found.returncode == 0, found.stdout


def list_deb(deb):
    """Returns the names of the files in a .deb, without /usr."""
    listed = subprocess.run(["dpkg-deb", "--fsys-tarfile", deb], capture_output=True, check=True).stdout
    names = subprocess.run(["tar", "-t"], input=listed, capture_output=True, check=True)
    return {name[len("./usr/"):] for name in names.stdout.decode().split("\n")
            if name and not name.endswith("/")}


def test_both_have_the_same_files(packages):
    """But for what Debian has its own of: compressed manual pages, a changelog, the licence."""
    deb = {re.sub(r"^(share/man/.*)\.gz$", r"\1", name) for name in list_deb(packages[0])}
    with tarfile.open(packages[1]) as archive:
        tar = {member.name.split("/", 1)[1] for member in archive if member.isfile()}
    document = "share/doc/wireshark-plugin-trade"
    assert deb - tar == {f"{document}/changelog.gz"}
    assert tar - deb == {f"{document}/COPYING"}


def test_debian_has_manual_pages_compressed(packages):
    pages = {name for name in list_deb(packages[0]) if name.startswith("share/man/")}
    assert len(pages) == 4 and all(name.endswith(".gz") for name in pages)


def test_source_for_debian(tmp_path):
    """--source: what dpkg-buildpackage takes, and what dpkg-source makes a source package of."""
    made = subprocess.run(["sh", ROOT / "tools/package.sh", "--source", tmp_path / "trade"],
                          capture_output=True, text=True, timeout=60)
    assert (made.returncode, made.stdout, made.stderr) == (0, "", "")
    told = subprocess.run(["dpkg-parsechangelog", "-S", "Maintainer"], cwd=tmp_path / "trade",
                          capture_output=True, text=True, check=True).stdout.strip()
    control = (tmp_path / "trade/debian/control").read_text(encoding="utf-8")
    assert f"\nMaintainer: {told}\n" in control
    subprocess.run(["dpkg-source", "-b", "trade"], cwd=tmp_path, check=True, capture_output=True)
    assert (tmp_path / "wireshark-plugin-trade_1.0.0.dsc").exists()


def test_contents(unpacked, tshark):
    """Plugin, profile, captures, documents and doctor are inside, and nothing of Python's."""
    files = {path.relative_to(unpacked).as_posix() for path in unpacked.rglob("*")
             if path.is_file()}
    document = "share/doc/wireshark-plugin-trade"
    (plugin,) = (name for name in files if name.endswith(".so"))
    assert plugin.endswith(f"/wireshark/plugins/{tshark.version}/epan/trade.so")
    assert {"bin/trade-doctor", "bin/trade-report", "share/wireshark-plugin-trade/report/page.js",
            f"{document}/captures/incident-trader.log", f"{document}/README.md",
            f"{document}/COPYING",
            "bin/trade-watch", "share/wireshark-plugin-trade/watch/main.py",
            "lib/systemd/system/trade-watch@.service", "share/man/man4/trade-dissector.4",
            *(f"share/man/man1/trade-{name}.1" for name in ("doctor", "report", "watch")),
            f"{document}/ChangeLog", f"{document}/copyright",
            f"{document}/captures/README.md", f"{document}/docs/INSTALL.md"} <= files
    for path in (ROOT / "profile" / "TRADE").iterdir():
        assert f"share/wireshark/profiles/TRADE/{path.name}" in files
    for path in (ROOT / "captures").glob("*.pcapng"):
        assert f"{document}/captures/{path.name}" in files
    assert not [name for name in files if "__pycache__" in name or name.endswith(".pyc")]
    assert not [name for name in files if re.match(rf"{document}/.*\.[14]$", name)]


def list_licences(unpacked):
    """Returns the licences that the packaged files' SPDX lines name."""
    files = [path for path in unpacked.rglob("*") if path.is_file() and path.suffix != ".so"]
    return {found.decode() for path in files for found in
            re.findall(rb"SPDX-License-Identifier: ([\w.-]+)", path.read_bytes())}


def test_says_what_it_is_made_of(unpacked, tshark):
    """By name, version and licence, as SPDX 2.3 says it; and what it was built with."""
    (path,) = unpacked.rglob("*.spdx.json")
    told = json.loads(path.read_text(encoding="utf-8"))
    assert told["spdxVersion"] == "SPDX-2.3"
    assert told["creationInfo"]["created"] == "2014-05-13T16:53:20Z"
    parts = {part["name"]: part for part in told["packages"]}
    ours = parts["wireshark-plugin-trade"]
    assert ours["versionInfo"] == f"1.0.0+wireshark{tshark.version}"
    assert set(ours["licenseDeclared"].split(" AND ")) == list_licences(unpacked) | {
        "ISC", "BSD-3-Clause"}
    assert parts["wireshark"]["versionInfo"].startswith(f"{tshark.version}.")
    assert parts["glib"]["versionInfo"] == subprocess.run(
        ["pkg-config", "--modversion", "glib-2.0"], capture_output=True, text=True,
        check=True).stdout.strip()
    d3 = (ROOT / "tools/report/d3.min.js").read_text(encoding="utf-8").partition("*/")[0]
    modules = {name: version for name, version in re.findall(r"(d3-[a-z-]+)@([\d.]+)", d3)}
    assert len(modules) > 10
    assert {name: part["versionInfo"] for name, part in parts.items()
            if name.startswith("d3-")} == modules
    # Each part is tied to the package, and nothing else is.
    ids = {part["SPDXID"] for part in told["packages"]}
    assert len(ids) == len(told["packages"]) == len(told["relationships"])
    assert {end for relation in told["relationships"]
            for end in (relation["spdxElementId"], relation["relatedSpdxElement"])} == ids | {
        "SPDXRef-DOCUMENT"}


def test_links_lead_somewhere(unpacked):
    """Each of the packaged documents' links and pictures is in the package, too."""
    texts = [(path, re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.S))
             for path in unpacked.rglob("*.md")]
    links = [(path, link) for path, text in texts
             for link in re.findall(r"\]\(([^)#]+)", text) if "://" not in link]
    assert len(links) > 5
    assert [(path.name, link) for path, link in links if not (path.parent / link).exists()] == []


def test_modes(unpacked):
    """All may read all, and nobody but the owner may write."""
    for path in unpacked.rglob("*"):
        mode = stat.S_IMODE(path.stat().st_mode)
        wanted = 0o755 if path.is_dir() or path.parent.name == "bin" else 0o644
        assert mode == wanted, path


def test_works(unpacked, tshark):
    """tshark loads the packaged plugin and profile, and the packaged doctor agrees."""
    (plugins,) = unpacked.glob("lib/**/wireshark/plugins")
    home = tshark.make_directory()
    page = home / "report.html"
    profiles = home / "wireshark" / "profiles"
    shutil.copytree(unpacked / "share/wireshark/profiles/TRADE", profiles / "TRADE")
    user = []
    if os.geteuid() == 0:
        user = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
        for path in (home, *home.rglob("*")):
            os.chown(path, NOBODY, NOBODY)
    environment = {"PATH": os.environ["PATH"], "HOME": str(home),
                   "XDG_CONFIG_HOME": str(home), "WIRESHARK_PLUGIN_DIR": str(plugins)}
    capture = unpacked / "share/doc/wireshark-plugin-trade/captures/talk.pcapng"
    for command, said in (
            (["tshark", "-C", "TRADE", "-r", capture], "Setting up connection to BackOffice"),
            ([unpacked / "bin/trade-doctor"], f"The plugin is loaded: {plugins}"),
            ([unpacked / "bin/trade-report", capture, "-o", page], f"Written: {page}")):
        done = subprocess.run([*user, *command], env=environment, capture_output=True, text=True,
                              timeout=120)
        assert done.returncode == 0, done.stderr
        assert said in (done.stderr if page in command else done.stdout)
        assert page in command or not done.stderr
    assert "BackOffice" in page.read_text(encoding="utf-8")
