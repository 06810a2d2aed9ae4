"""Packs a function app and its program. What is not on the list is not packed; two packages of the same files are the same bytes.

usage: package_zip.py FUNCTION_APP PROGRAM PACKAGE
"""

import json
import os
import stat
import sys
import zipfile
from pathlib import Path

from zopfli import zopfli

# The earliest moment that the format knows.
NO_TIME = (1980, 1, 1, 0, 0, 0)
# Searches longer for what plain deflate can say in fewer bytes: some 3 % less than zlib's level 9, for half a minute of work.
ITERATIONS = 5
FILE = stat.S_IFREG | 0o644
PROGRAM = stat.S_IFREG | 0o755


def main(arguments):
    if len(arguments) != 3:
        print("usage: package_zip.py FUNCTION_APP PROGRAM PACKAGE", file=sys.stderr)
        return 2
    app, program, package = map(Path, arguments)
    entries = listed(app, program)
    # Whoever looks at the package meanwhile finds the old one or the new one, never half of it.
    unfinished = package.with_suffix(".unfinished")
    with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, (path, mode) in sorted(entries.items()):
            with archive.open(entry(name, mode), "w") as written:
                # The module has no way to say which compressor; `check` reads back what came of it.
                written._compressor = Zopfli()
                written.write(path.read_bytes())
    check(unfinished, entries)
    os.replace(unfinished, package)
    return 0


class Zopfli:
    """A compressor as the module wants it: deflate without the two bytes before it and the four after it that zlib adds."""

    def __init__(self):
        self.data = bytearray()

    def compress(self, data):
        self.data += data
        return b""

    def flush(self):
        return zopfli.compress(bytes(self.data), numiterations=ITERATIONS)[2:-4]


def listed(app, program):
    """What goes into the package: name there, file here, mode there."""
    host = json.loads((app / "host.json").read_text("utf-8"))
    executable = host["customHandler"]["description"]["defaultExecutablePath"]
    entries = {"host.json": (app / "host.json", FILE), executable: (program, PROGRAM)}
    for function in sorted(app.glob("*/function.json")):
        entries[f"{function.parent.name}/function.json"] = (function, FILE)
    return entries


def entry(name, mode):
    info = zipfile.ZipInfo(name, NO_TIME)
    info.create_system = 3  # Unix: only then is the mode a mode
    info.external_attr = mode << 16
    info.compress_type = zipfile.ZIP_DEFLATED
    return info


def check(package, entries):
    """Reads it back: every entry whole, no folder on top, nothing else."""
    with zipfile.ZipFile(package) as archive:
        damaged = archive.testzip()
        found = {info.filename: info.external_attr >> 16 for info in archive.infolist()}
    if damaged or found != {name: mode for name, (_, mode) in entries.items()}:
        sys.exit(f"{package} is not what it should be: {damaged or sorted(found)}")


sys.exit(main(sys.argv[1:]))
