"""Reading a whole document: its lines, what each states, and which of them answer a question."""
