"""One suite for each port: tests/unit runs it on the stand-in, tests/integration on the real thing."""
