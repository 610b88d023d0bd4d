"""From lessons and a recipe to weights."""
