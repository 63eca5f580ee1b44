"""Training runs as seen from outside: the folder through which they are watched."""
