"""Tests of recordings that are looked at, and run again."""
