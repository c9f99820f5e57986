//! The `kafka-trial` command.

fn main() {}
