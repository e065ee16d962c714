"""Do features know the future: the past rebuilt without it, the order of dates, what feature code reads."""
