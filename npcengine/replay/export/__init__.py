"""Recordings for other programs to show: Chrome's trace viewer, Perfetto, OpenTelemetry."""
