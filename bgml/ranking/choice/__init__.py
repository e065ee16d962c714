"""From raw scores to what sales works this week: places, routes, capacity, exploration, movement."""
