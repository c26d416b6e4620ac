"""What an operator sees and does, whatever the interface: the command line and the web page call the same functions."""
