//! Levels of compatibility and modes of writing, by their names.

/// What a new schema has to be able to do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Level {
    None,
    /// It reads data of the latest version.
    #[default]
    Backward,
    BackwardTransitive,
    /// The latest version reads its data.
    Forward,
    ForwardTransitive,
    Full,
    FullTransitive,
}

impl Level {
    const NAMES: [(Self, &'static str); 7] = [
        (Self::None, "NONE"),
        (Self::Backward, "BACKWARD"),
        (Self::BackwardTransitive, "BACKWARD_TRANSITIVE"),
        (Self::Forward, "FORWARD"),
        (Self::ForwardTransitive, "FORWARD_TRANSITIVE"),
        (Self::Full, "FULL"),
        (Self::FullTransitive, "FULL_TRANSITIVE"),
    ];

    pub(crate) fn name(self) -> &'static str {
        named(&Self::NAMES, self)
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        find(&Self::NAMES, text)
    }

    pub(crate) fn is_backward(self) -> bool {
        matches!(self, Self::Backward | Self::BackwardTransitive | Self::Full | Self::FullTransitive)
    }

    pub(crate) fn is_forward(self) -> bool {
        matches!(self, Self::Forward | Self::ForwardTransitive | Self::Full | Self::FullTransitive)
    }

    pub(crate) fn is_transitive(self) -> bool {
        matches!(self, Self::BackwardTransitive | Self::ForwardTransitive | Self::FullTransitive)
    }
}

/// What may be written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Mode {
    #[default]
    ReadWrite,
    ReadOnly,
    ReadOnlyOverride,
    /// Schemas come with their ids and versions, and nothing is compared.
    Import,
}

impl Mode {
    const NAMES: [(Self, &'static str); 4] = [
        (Self::ReadWrite, "READWRITE"),
        (Self::ReadOnly, "READONLY"),
        (Self::ReadOnlyOverride, "READONLY_OVERRIDE"),
        (Self::Import, "IMPORT"),
    ];

    pub(crate) fn name(self) -> &'static str {
        named(&Self::NAMES, self)
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        find(&Self::NAMES, text)
    }

    pub(crate) fn is_read_only(self) -> bool {
        matches!(self, Self::ReadOnly | Self::ReadOnlyOverride)
    }
}

fn named<T: PartialEq>(names: &[(T, &'static str)], value: T) -> &'static str {
    names.iter().find(|(known, _)| *known == value).map_or("", |(_, name)| name)
}

fn find<T: Copy>(names: &[(T, &'static str)], text: &str) -> Option<T> {
    names.iter().find(|(_, name)| name.eq_ignore_ascii_case(text)).map(|(value, _)| *value)
}
