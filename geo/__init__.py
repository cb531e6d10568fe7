"""Where things are: communities, organisations, residents and the streets between them."""
