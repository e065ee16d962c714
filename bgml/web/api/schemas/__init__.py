"""What answers look like: models with meanings and examples, from which the OpenAPI document is made."""
