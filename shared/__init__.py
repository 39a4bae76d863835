"""Mechanism that every case shares. Nothing here knows a case."""
