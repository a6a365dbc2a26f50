"""What tests of all services share: virtual time, the bus contract, recorders."""
