"""Training with Keras 3, on whichever backend it runs."""
