"""What the clock asks for: each task is a function with its schedule declared on it, safe to run twice."""
