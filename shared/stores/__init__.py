"""Connections to the stores, with one meaning of "away" for all: StoreUnavailableError."""
