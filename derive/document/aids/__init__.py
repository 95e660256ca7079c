"""Reading aids: numbers of equations, the table of symbols, the final parameters, notes on conventions, small print."""
