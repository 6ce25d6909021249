"""What answers: each mind is a fold over a conversation and a stream out of it."""
