"""Sample data: two interviews that were held, with everything that comes of one. Nobody in them exists."""
