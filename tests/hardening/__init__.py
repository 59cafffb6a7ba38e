"""What the hardening issue asks for, number by number, and the tests that hold it: one C{NN.txt} a number."""
