# test_documents.py
# Is the output that the documents print what tshark prints today?
#
# SPDX-License-Identifier: GPL-2.0-or-later

import re
import shlex

import pytest

from conftest import ROOT

SHOWN = [(name, block) for name in ("README.md", "docs/FINDING-THE-CAUSE.md")
         for block in re.findall(r"```console\n(.*?)```", (ROOT / name).read_text(encoding="utf-8"),
                                 re.S)]


@pytest.mark.parametrize("name, block", SHOWN,
                         ids=(f"{name}-{n}" for n, (name, _) in enumerate(SHOWN)))
def test_output_is_real(tshark, captures, name, block):
    """Blanks aside, each line that the document prints, in order."""
    command, *lines = block.splitlines()
    words = shlex.split(command.removeprefix("$ tshark "))
    words[words.index("captures/incident.pcapng")] = captures["incident"]
    shown = (" ".join(line.split()) for line in
             tshark.run(*words, timezone="Europe/Amsterdam").splitlines())
    for line in lines:
        assert line == "…" or " ".join(line.split()) in shown, line
