"""lstm-tutor: the LSTM's forward and backward pass, one number at a time."""

__version__ = "0.1.0"
