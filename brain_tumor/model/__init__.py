"""The network: its bundle, its engines, its weights."""
