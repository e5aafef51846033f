"""What an Asterisk tells while it happens: the text protocol of its manager interface (AMI), the floor as its events leave it,
and the one connection that listens.

Source: Asterisk's own description of the manager interface and of each event (`manager show event …` at an exchange), and a
recorded stream of Asterisk 22.
"""
