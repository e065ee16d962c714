"""What a weekly list is worth to those who work it, week after week."""
