"""Servers of this wire that others wrote: installs them, runs them, and has the doctor look."""
