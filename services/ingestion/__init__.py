"""Big data ingestion: one log, a speed layer and two batch layers, the same events in each, once."""
