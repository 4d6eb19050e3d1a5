"""The rows of the matrix. Each has `run(world, size)`, which returns one result or several."""
