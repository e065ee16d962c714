"""The race itself: scored candidates, their metrics, and how sure those are."""
