"""Result pages in columns: Apache Arrow's memory layout and its C interface, without a dependency."""
