"""What a classifier is worth: metrics with intervals, where its maps point, what it costs."""
