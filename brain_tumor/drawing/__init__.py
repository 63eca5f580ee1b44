"""Pictures of a scan, its crop and its heat map: arrays in, arrays or encoded bytes out."""
