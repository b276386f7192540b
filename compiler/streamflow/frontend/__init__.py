"""From a program to a graph: load the file, capture its functions, check it, build the intermediate representation."""
