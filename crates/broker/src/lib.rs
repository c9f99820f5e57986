//! kafka-trial-broker
