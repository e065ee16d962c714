"""The pages: lists and groups as HTML, made on the server."""
