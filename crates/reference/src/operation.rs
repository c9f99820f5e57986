//! The four operations: their names, topics and error codes.

/// The topics that requests come in, in the order of [`Operation::ALL`].
pub const REQUEST_TOPICS: [&str; 4] = [
    Operation::Validate.request_topic(),
    Operation::Analyze.request_topic(),
    Operation::Pattern.request_topic(),
    Operation::Mixin.request_topic(),
];

/// What event types begin with: `codegen.request.<operation>`.
const EVENT_TYPE: &str = "codegen.request.";

/// What a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operation {
    /// Judge Python source code.
    Validate,
    /// Find out what a requirements document is about.
    Analyze,
    /// Find known nodes that are like a description.
    Pattern,
    /// Recommend mixins for requirements.
    Mixin,
}

impl Operation {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Validate, Self::Analyze, Self::Pattern, Self::Mixin];

    /// Its name in event types and topics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Validate => "validate",
            Self::Analyze => "analyze",
            Self::Pattern => "pattern",
            Self::Mixin => "mixin",
        }
    }

    /// The topic of its requests.
    pub const fn request_topic(self) -> &'static str {
        match self {
            Self::Validate => "omninode.codegen.request.validate.v1",
            Self::Analyze => "omninode.codegen.request.analyze.v1",
            Self::Pattern => "omninode.codegen.request.pattern.v1",
            Self::Mixin => "omninode.codegen.request.mixin.v1",
        }
    }

    /// The topic of its answers.
    pub const fn response_topic(self) -> &'static str {
        match self {
            Self::Validate => "omninode.codegen.response.validate.v1",
            Self::Analyze => "omninode.codegen.response.analyze.v1",
            Self::Pattern => "omninode.codegen.response.pattern.v1",
            Self::Mixin => "omninode.codegen.response.mixin.v1",
        }
    }

    /// The `payload_type` of its answers.
    pub const fn payload_type(self) -> &'static str {
        match self {
            Self::Validate => "CodegenValidateResponse",
            Self::Analyze => "CodegenAnalyzeResponse",
            Self::Pattern => "CodegenPatternResponse",
            Self::Mixin => "CodegenMixinResponse",
        }
    }

    /// The `error_code` of its failures.
    pub const fn error_code(self) -> &'static str {
        match self {
            Self::Validate => "VALIDATION_ERROR",
            Self::Analyze => "ANALYSIS_ERROR",
            Self::Pattern => "PATTERN_MATCHING_ERROR",
            Self::Mixin => "MIXIN_ERROR",
        }
    }

    /// The payload's scores. They stand at the top level of an answer as well, and are 0.0 in a failure.
    pub(crate) const fn scores(self) -> &'static [&'static str] {
        match self {
            Self::Validate => &["quality_score", "onex_compliance_score"],
            Self::Analyze => &["confidence"],
            Self::Pattern => &["avg_similarity"],
            Self::Mixin => &["avg_confidence"],
        }
    }

    /// The payload's lists, empty in a failure; a reader of the success need not look for them first.
    pub(crate) const fn lists(self) -> &'static [&'static str] {
        match self {
            Self::Validate => &["warnings", "suggestions"],
            Self::Analyze => &["concepts", "entities", "relationships", "domain_keywords"],
            Self::Pattern => &["similar_nodes"],
            Self::Mixin => &["recommendations"],
        }
    }

    /// The operation of an event type such as `codegen.request.validate`.
    pub fn of_event_type(event_type: &str) -> Option<Self> {
        Self::of_name(event_type.strip_prefix(EVENT_TYPE)?)
    }

    /// The operation of a name such as `validate`.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|operation| operation.name() == name)
    }

    /// The operation of a request topic.
    pub fn of_topic(topic: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|operation| operation.request_topic() == topic)
    }
}
