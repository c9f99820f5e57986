//! Subjects and contexts: `:.context:subject`.

use std::fmt;

/// The context of subjects that name none.
pub(crate) const DEFAULT_CONTEXT: &str = ".";
/// The subject names that Confluent's registry keeps for itself.
const RESERVED: [&str; 2] = ["__GLOBAL", "__EMPTY"];

/// A subject in its context.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct SubjectName {
    /// With its leading dot; [`DEFAULT_CONTEXT`] where none is named.
    pub(crate) context: String,
    /// Empty where only a context is named.
    pub(crate) name: String,
}

impl SubjectName {
    pub(crate) fn parse(text: &str) -> Self {
        let qualified = text.strip_prefix(':').and_then(|rest| rest.split_once(':'));
        match qualified {
            Some((context, name)) if context.starts_with('.') || context == "*" => {
                Self { context: context.to_owned(), name: name.to_owned() }
            }
            _ => Self { context: DEFAULT_CONTEXT.to_owned(), name: text.to_owned() },
        }
    }

    /// A reference's subject: in the context of its user, unless it names another.
    pub(crate) fn seen_from(text: &str, user: &Self) -> Self {
        let subject = Self::parse(text);
        if text.starts_with(':') { subject } else { Self { context: user.context.clone(), ..subject } }
    }

    /// With its context, for refusals.
    pub(crate) fn described(&self) -> String {
        format!("Subject {self} in context {}", self.context)
    }

    /// Whether this names a context and no subject.
    pub(crate) fn is_context(&self) -> bool {
        self.name.is_empty()
    }

    pub(crate) fn is_reserved(&self) -> bool {
        self.name.is_empty() || RESERVED.contains(&self.name.as_str()) || self.context == "*"
    }
}

impl fmt::Display for SubjectName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.context == DEFAULT_CONTEXT {
            f.write_str(&self.name)
        } else {
            write!(f, ":{}:{}", self.context, self.name)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_of_the_default_context_goes_without_it() {
        for (text, printed) in
            [("a", "a"), (":.:a", "a"), (":.c:a", ":.c:a"), (":.c:", ":.c:"), ("a:b", "a:b"), (":x:a", ":x:a")]
        {
            assert_eq!(SubjectName::parse(text).to_string(), printed);
        }
        let user = SubjectName::parse(":.c:a");
        assert_eq!(SubjectName::seen_from("b", &user).to_string(), ":.c:b");
        assert_eq!(SubjectName::seen_from(":.d:b", &user).to_string(), ":.d:b");
    }
}
