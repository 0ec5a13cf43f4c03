"""The SOAP face: the partner and enterprise calls that clients use, and custom metadata."""
