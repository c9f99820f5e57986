//! kafka-trial-wire
