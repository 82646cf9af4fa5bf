"""Finding posts by words and labels: what is asked, the index, its queries on both databases."""
