//! The service under test would stand here.
