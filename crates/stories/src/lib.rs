//! Stories over all rooms, told in a real browser by everyone they need. There is nothing here but tests.
