"""What the Flask apps share: headers, limits, errors, words."""
