#!/usr/bin/env python
# The plugin of derive for MyST; the Python that is found first needs derive.
from derive.ecosystems.myst import run

run()
