"""What the container image is built with: static files collected, catalogs compiled. Run by the Dockerfile only."""

import subprocess
import sys

from crm.launch.assets import copy_files
from crm.launch.catalogs import compile_catalogs
from crm.launch.places import ROOT

if __name__ == "__main__":
    copy_files()
    compile_catalogs(ROOT / "locale")
    subprocess.run([sys.executable, "manage.py", "collectstatic", "--no-input"], cwd=ROOT, check=True)
