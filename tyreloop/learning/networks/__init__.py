"""The networks that recipes can name, all with the same head: a map, an answer, "is it a tyre"."""
