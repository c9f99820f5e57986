//! Groups under random members.

mod classic;
