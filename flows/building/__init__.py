"""Working on a flow's document: pure operations that give a new document, and the words and pictures around them."""
