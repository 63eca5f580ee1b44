"""Pictures that are no slice of a head, drawn or read, to fit the gate and to measure it.

Every drawing function takes a NumPy generator and returns one grey picture, uint8 (H, W): the same
generator gives the same picture.
"""
