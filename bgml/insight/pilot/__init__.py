"""`bgml pilot`: MQLs with the colleagues who were active before them."""
