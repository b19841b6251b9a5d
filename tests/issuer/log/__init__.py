"""The trail as a Merkle tree: proofs that a stranger can check."""
