"""What leaves the house: map layers, workbooks and lists. Nothing else in `coverage` imports it."""
