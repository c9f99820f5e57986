//! What a consumer did with a record.

/// A reading of one record, as the broker saw it. Times are microseconds on the broker's clock.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Handling {
    /// The client, by the name it gives itself.
    pub client_id: String,
    /// Its group; none for a reader without one.
    pub group: Option<String>,
    /// The groups that its client is in, where it cannot be told for which of them it was: a fetch does not name its group.
    pub candidates: Vec<String>,
    /// Its member id in the group.
    pub member: Option<String>,
    /// When the record was sent to it.
    pub fetched_at: i64,
    /// When the group committed an offset behind it; none until then.
    pub committed_at: Option<i64>,
}
