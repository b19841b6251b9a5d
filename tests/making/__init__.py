"""What the test vectors are made of: a shared world, and the cases by topic. `tests.make_vectors` writes them."""
