"""Tyres drawn by the project: for the demo, for tests and for measuring; never a stand-in for real photos."""
