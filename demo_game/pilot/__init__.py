"""A player who knows the script: plays scenes, and uses nothing but the controls."""
