"""Teaching: answers about a trace, as data. How they are worded is the renderers'."""
