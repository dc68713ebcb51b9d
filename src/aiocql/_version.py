"""The version of the driver, in one place."""

__version__ = "0.1.0"
