"""What a reader takes away of an answer: a PDF page, JSON, a table, pictures. No widgets."""
