"""What stands outside: where messages go when they leave."""
