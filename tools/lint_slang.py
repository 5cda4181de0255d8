#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Read SystemVerilog with pyslang, a strict reader of IEEE 1800; every warning of its -Wextra is an error.

  lint_slang.py [SLANG ARGUMENT]... SOURCE.sv...

Exit 1 after an error or a warning that WAIVED does not name.  Prints what slang says of the rest.
"""
import re
import subprocess
import sys

# (file, warning): why it may stay.
WAIVED = {
    ("vn_credit.sv", "useless-cast"): "widths are parameters: the cast does nothing for some of their values only",
    ("vn_post_plan.sv", "useless-cast"): "widths are parameters: the cast does nothing for some of their values only",
}

# In a process of its own: slang prints from C++.
DRIVER = """
import sys, pyslang.driver
driver = pyslang.driver.Driver()
driver.addStandardArgs()
ok = driver.parseCommandLine(" ".join(["slang", "-Wextra", "--error-limit=0"] + sys.argv[1:]))
sys.exit(0 if ok and driver.processOptions() and driver.parseAllSources() and driver.runFullCompilation() else 1)
"""
HEAD = re.compile(r"(?P<path>[^:\s]+):\d+:\d+: (?P<severity>error|warning): .*?(\[-W(?P<name>[\w-]+)\])?$")


def waived(head):
    return head["severity"] == "warning" and (head["path"].rsplit("/", 1)[-1], head["name"]) in WAIVED


def main():
    run = subprocess.run([sys.executable, "-c", DRIVER] + sys.argv[1:], capture_output=True, text=True, check=False)
    found, shown, show = 0, [], True
    for line in (run.stdout + run.stderr).splitlines():
        head = HEAD.match(line)
        if head:
            show = not waived(head)
            found += show
        if show and not line.startswith("Build "):
            shown.append(line)
    if found or run.returncode:
        print("\n".join(shown))
        sys.exit(f"lint_slang: {found} findings" if found else "lint_slang: slang failed without a finding")


if __name__ == "__main__":
    main()
