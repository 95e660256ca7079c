"""Rules, equations, the graph, the backward walk and closed forms: no numbers, no letters, no files."""
