"""Decisions and the numbers behind them. Pure: time and luck come in as arguments."""
