"""What every room of compliance stands on: home, clock, run lock, durable steps, the operations database."""
