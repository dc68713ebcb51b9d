"""The face that users call, and the one place where its parts are created. Knows every room below."""
