"""Scans as arrays: decode, crop, preprocess, draw heat maps. NumPy, OpenCV and Pillow only."""
