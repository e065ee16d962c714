"""Features at any past date: their algebra, the tiles they read, the kernel that computes them, the matrix and its cache."""
