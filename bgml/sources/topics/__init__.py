"""What acts and deals are about: texts to topics, and what that covers."""
