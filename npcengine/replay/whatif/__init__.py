"""What-if: the recorded minds in virtual time, with another network, server or deadline."""
