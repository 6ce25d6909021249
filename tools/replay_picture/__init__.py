"""Takes the picture of the replay page for the documentation."""
