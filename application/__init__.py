"""What a day at the centre asks for, whoever starts it: taking in, and issuing the papers that are due."""
