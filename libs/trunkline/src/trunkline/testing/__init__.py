"""What the tests of all services share: virtual time and the bus contract."""
