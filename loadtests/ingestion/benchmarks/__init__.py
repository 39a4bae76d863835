"""The stages of ingestion, each alone and in the chain."""
