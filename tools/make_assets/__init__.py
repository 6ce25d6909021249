"""Draw every picture and the map of the demo game; run with ``python -m tools.make_assets``."""
