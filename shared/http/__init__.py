"""What every HTTP service of the project has: problem documents, body limits, strict bodies, health, metrics."""
