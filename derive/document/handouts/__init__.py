"""What a key becomes for others: a worksheet, a marking scheme, a strip of answers."""
