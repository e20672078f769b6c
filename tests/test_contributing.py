# test_contributing.py
# Does what CONTRIBUTING.md says of adding a keyword do so?
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import os
import re
import shutil
import subprocess
import sys
import textwrap

import pytest
from conftest import ROOT

PLACE = "The next one goes above this line."
# What is added here has other names than in the document: whoever follows that has those by now.
NAMES = {"Logout": "Trying", "REASON": "MOTIVE", "reason": "motive", "Reason": "Motive"}


def insert(path, *texts):
    """Puts each text above the line that asks for the next one."""
    parts = re.split(rf"(?m)^(?=.*{PLACE})", path.read_text(encoding="utf-8"))
    assert len(parts) == len(texts) + 1
    path.write_text(parts[0] + "".join(text + part for text, part in zip(texts, parts[1:])),
                    encoding="utf-8")


@pytest.mark.skipif(not shutil.which("cmake"), reason="needs cmake")
def test_keyword_takes_two_files(tshark, tmp_path):
    """Its row and its field, its test row: nothing else is edited."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    section = re.search(r"## Adding a keyword\n(.*?)\n## ", text, re.S).group(1)
    section = re.sub("|".join(NAMES), lambda name: NAMES[name.group()], section)
    rows, test = (textwrap.dedent(block) for block in
                  re.findall(r"```(?:c|python)\n(.*?) *```", section, re.S))
    root = tmp_path / "source"
    shutil.copytree(ROOT, root, ignore=shutil.ignore_patterns("build*", ".git", ".ci"))
    row, field = rows.split("\n\n")
    insert(root / "wire/keywords.h", row + "\n", field)
    insert(root / "tests/test_keywords.py", test)
    for command in (("-S", root, "-B", root / "build", "-DCMAKE_BUILD_TYPE=Debug",
                     "-DBUILD_TESTING=OFF", "-DTRADE_WERROR=ON"),
                    ("--build", root / "build", "--parallel", str(os.cpu_count()))):
        subprocess.run(["cmake", *command], check=True, stdout=subprocess.DEVNULL)
    plugin = root / "build/trade.so"
    done = subprocess.run([sys.executable, "-I", "-m", "pytest", "-q", "-p", "no:cacheprovider",
                           f"--plugin={plugin}", "test_keywords.py", "-k", "Trying or without"],
                          cwd=root / "tests", capture_output=True, text=True)
    assert done.returncode == 0 and "3 passed" in done.stdout, done.stdout + done.stderr
