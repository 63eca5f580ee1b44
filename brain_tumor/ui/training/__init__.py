"""The training page: start runs, watch them, steer them, keep what comes of them."""
