"""A recording, or two, as one HTML file that needs nothing else."""
