//! Where a difference is.

/// Kinds of differences with their paths, without the leading `#/`.
pub(super) type Found = Vec<(&'static str, String)>;

#[derive(Default)]
pub(super) struct Path(pub(super) Vec<String>);

impl Path {
    pub(super) fn add(&self, kind: &'static str, found: &mut Found) {
        found.push((kind, self.0.join("/")));
    }

    pub(super) fn at(&self, step: &str, kind: &'static str, found: &mut Found) {
        let steps: Vec<&str> = self.0.iter().map(String::as_str).chain([step]).collect();
        found.push((kind, steps.join("/")));
    }

    pub(super) fn within(&mut self, step: impl Into<String>, look: impl FnOnce(&mut Self)) {
        self.0.push(step.into());
        look(self);
        self.0.pop();
    }
}
