"""The stages of MovieFlix, each alone and in the chain."""
