"""Runs tests/conformance against our gateway and two servers that we did not write."""
