"""The parts of the bus contract, one per thing that a bus does."""
