"""Files taken from elsewhere: `python -m tools.vendor --check` proves that none has been altered.

`static/vendor/manifest.json` names, for each file, the package it comes from with its version, licence and
SHA-256. `--write` records the present sums after an upgrade; `--sprite DIRECTORY` builds the one icon file from
an unpacked `lucide-static` package, with exactly the icons listed in `tools/icons.txt`.
"""

import argparse
import hashlib
import json
import re
import sys
from pathlib import Path
from xml.sax.saxutils import quoteattr

ROOT = Path(__file__).resolve().parent.parent
VENDOR = ROOT / "static" / "vendor"
MANIFEST = VENDOR / "manifest.json"
ICON_NAMES = ROOT / "tools" / "icons.txt"
SHAPE = re.compile(r"<(?:path|circle|rect|line|polyline|polygon|ellipse)\b[^>]*/>")
NAME = re.compile(r"[a-z0-9-]+")


def digest(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def problems() -> list[str]:
    """What is wrong with the vendored files, one sentence each; empty when all is well."""
    listed = {entry["file"]: entry for entry in json.loads(MANIFEST.read_text())["files"]}
    present = {path.name for path in VENDOR.iterdir()} - {MANIFEST.name}
    found = [f"{name} is not listed in {MANIFEST.name}." for name in sorted(present - set(listed))]
    for name, entry in sorted(listed.items()):
        if name not in present:
            found.append(f"{name} is listed but missing.")
        elif digest(VENDOR / name) != entry["sha256"]:
            found.append(f"{name} is not the file of {entry['package']} {entry['version']} that was checked in.")
    return found


def write_sums() -> None:
    """Record the sums of the files as they are now; who, which version and licence stay as written by hand."""
    manifest = json.loads(MANIFEST.read_text())
    for entry in manifest["files"]:
        entry["sha256"] = digest(VENDOR / entry["file"])
    MANIFEST.write_text(json.dumps(manifest, indent=2) + "\n")


def build_sprite(package: Path) -> Path:
    """Write one SVG with a symbol for each listed icon and return its path.

    Raises FileNotFoundError for a name that the package does not have, ValueError for an odd name.
    """
    version = json.loads((package / "package.json").read_text())["version"]
    symbols = []
    for name in sorted(set(ICON_NAMES.read_text().split())):
        if not NAME.fullmatch(name):
            raise ValueError(f"{name!r} is not the name of an icon")
        shapes = SHAPE.findall((package / "icons" / f"{name}.svg").read_text())
        drawing = "".join(re.sub(r"\s+", " ", shape) for shape in shapes)
        symbols.append(f'<symbol id={quoteattr(name)} viewBox="0 0 24 24">{drawing}</symbol>')
    target = VENDOR / f"lucide-{version}.svg"
    body = "\n".join(symbols)
    target.write_text(f'<svg xmlns="http://www.w3.org/2000/svg">\n{body}\n</svg>\n')
    return target


def main() -> int:
    """Run one of the three jobs; the exit status says whether the files are as they should be."""
    parser = argparse.ArgumentParser(description="Files taken from elsewhere.")
    job = parser.add_mutually_exclusive_group(required=True)
    job.add_argument("--check", action="store_true", help="compare every file with the manifest")
    job.add_argument("--write", action="store_true", help="record the sums after an upgrade")
    job.add_argument("--sprite", type=Path, metavar="DIRECTORY", help="build the icon file from lucide-static")
    chosen = parser.parse_args()
    if chosen.sprite:
        print(build_sprite(chosen.sprite))
    elif chosen.write:
        write_sums()
    found = problems() if chosen.check or chosen.write else []
    for line in found:
        print(line, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
