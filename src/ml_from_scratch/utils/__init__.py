"""To be filled in this release."""
