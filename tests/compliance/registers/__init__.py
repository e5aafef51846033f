"""Tests of the registers that people keep."""
