//! Whose calls go first.

/// Who is waiting for the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Priority {
    /// A person: goes before all background calls of the same account.
    Interactive,
    /// A worker.
    Background,
}
