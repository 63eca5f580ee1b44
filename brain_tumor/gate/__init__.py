"""Is it a slice of a head at all? What the network knows, told from what it does not."""
