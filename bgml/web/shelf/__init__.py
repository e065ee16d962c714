"""What is served: rankings read once, verified and kept in memory, and what a viewer may see of them."""
