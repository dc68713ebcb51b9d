"""Installs a headless Chromium in build/browser, from npm: `python -m tests.browser.install`. Once, 67 MB."""

from __future__ import annotations

import fcntl
import subprocess
import sys
from pathlib import Path

__all__ = ["PLACE", "installed"]

PACKAGE = "@sparticuz/chromium@153.0.0"
PLACE = Path(__file__).parents[2] / "build" / "browser"

UNPACK = """
const fs = require("fs"), zlib = require("zlib"), [from, to] = process.argv.slice(1);
fs.writeFileSync(to, zlib.brotliDecompressSync(fs.readFileSync(from)), {mode: 0o755});
"""

FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>{browser}/fonts</dir><cachedir>{browser}/fonts-cache</cachedir></fontconfig>
"""


def installed() -> Path:
    """The folder with `chromium`, made where it is not there yet."""
    browser = PLACE / "153.0.0"
    if not (browser / "ready").exists():
        PLACE.mkdir(parents=True, exist_ok=True)
        with open(PLACE / "lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not (browser / "ready").exists():
                _install(browser)
    return browser


def _install(browser: Path) -> None:
    import tarfile

    tools = Path(sys.executable).parent
    options = ["--ignore-scripts", "--no-save", "--no-audit", "--no-fund", "--loglevel=error"]
    subprocess.run(
        [tools / "npm", "install", *options, "--prefix", PLACE, PACKAGE],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    browser.mkdir(exist_ok=True)
    packed = PLACE / "node_modules" / "@sparticuz" / "chromium" / "bin"

    def unpack(name: str, to: Path) -> None:
        subprocess.run([tools / "node", "-e", UNPACK, packed / name, to], check=True)

    unpack("chromium.br", browser / "chromium")
    for name in ("al2023", "fonts", "swiftshader"):
        archive = browser / f"{name}.tar"
        unpack(f"{name}.tar.br", archive)
        with tarfile.open(archive) as tar:
            tar.extractall(browser, filter="data")
        archive.unlink()
    # The package's own names only the folders of the cloud that it was made for.
    (browser / "fonts.conf").write_text(FONTS.format(browser=browser), encoding="utf-8")
    (browser / "ready").touch()


if __name__ == "__main__":
    installed()
