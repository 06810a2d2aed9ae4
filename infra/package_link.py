"""Links the program, and then once more in an order that compresses: functions and data that are alike lie side by side, some 4 % less in
the package for the same program.

usage: package_link.py ARGUMENT...      (as rustc calls a linker; infra/package.sh arranges it)

The linker of PyPI's zig takes no such option, but says how it calls LLVM's, which does.
"""

import os
import subprocess
import sys

# Where cargo-zigbuild tells cargo its own linker.
LINKER = "CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_LINKER"
ORDER = "--bp-compression-sort=both"


def main(arguments):
    if not arguments or LINKER not in os.environ:
        print("usage: package_link.py ARGUMENT..., below cargo-zigbuild", file=sys.stderr)
        return 2
    asked = subprocess.run(
        [os.environ[LINKER], *arguments], env={**os.environ, "ZIG_VERBOSE_LINK": "1"}, stderr=subprocess.PIPE, text=True, check=False
    )
    # Libraries are linked before the program.
    calls = [line for line in asked.stderr.splitlines() if line.startswith("ld.lld ")]
    if asked.returncode or not calls:
        print(asked.stderr, file=sys.stderr)
        return asked.returncode or 1
    if any(" " in argument for argument in arguments):
        print("package_link.py: a folder has a space in its name, so nothing is put in order", file=sys.stderr)
        return 0
    return subprocess.run([sys.executable, "-m", "ziglang", *calls[-1].split(), ORDER], check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
