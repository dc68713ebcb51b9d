"""The compiled core by itself: encoding, streams, decoding, and nothing of session, routing, pools and timeouts."""
