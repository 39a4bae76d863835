"""Stand-ins for the stores of the cases; each passes the suite of the real one."""
