"""Synthetic sample data: two jobs and sixty people who do not exist, the same at every start."""
