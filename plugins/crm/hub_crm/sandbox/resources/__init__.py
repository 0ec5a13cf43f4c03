"""The HTTP resources, each a plain function from a call to an answer."""
