"""Print the N-th command of the README, as a user would copy it: `python3 .ci/readme_command.py N`."""

import re
import sys
from pathlib import Path

readme = (Path(__file__).resolve().parent.parent / "README.md").read_text(encoding="utf-8")
commands = re.findall(r"^```sh\n(.*?)^```", readme, re.MULTILINE | re.DOTALL)
print(commands[int(sys.argv[1]) - 1].strip())
