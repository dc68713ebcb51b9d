"""See docs/design.md, Layers."""
