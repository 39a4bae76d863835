"""What the services of this case share, and nothing else."""
