"""What users write: graphs, nodes, edges and the values that options take."""
