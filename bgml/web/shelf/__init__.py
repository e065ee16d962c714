"""The rankings as they are served: read once, verified, a small part of them kept in memory."""
