"""The stages of MyBank, each alone and in the chain."""
