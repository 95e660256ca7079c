"""What puts formulas into other people's material: Sphinx and Jupyter Book 1, MyST and Jupyter Book 2, notebooks."""
